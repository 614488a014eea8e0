"""The commands of `/remix-mod` about one member: block, unblock, blocks, warn, note, member."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands

from bot.discord_app.kit.features import Features
from bot.discord_app.moderation import command_words, words
from bot.discord_app.moderation.actions import answer, lets_act_on_member, lets_in
from bot.discord_app.moderation.command_options import Duration, Reason
from bot.discord_app.moderation.lists.member_actions import block_person, note_person, warn_person
from bot.discord_app.moderation.lists.member_page import show_member
from bot.discord_app.moderation.lists.pages import show_blocks
from bot.use_cases.moderation.block_member import unblock_member

_Commands = Sequence[app_commands.Command[Any, ..., None]]


def member_commands(features: Features) -> _Commands:
    """For the group `/remix-mod`."""
    return [*_blocking(features), *_record(features)]


def _blocking(features: Features) -> _Commands:
    @app_commands.command(name="block", description=command_words.BLOCK)
    @app_commands.describe(
        member=command_words.MEMBER, duration=command_words.DURATION, reason=command_words.REASON_MEMBER_READS
    )
    async def block(
        interaction: discord.Interaction,
        member: discord.User,
        duration: Duration | None = None,
        reason: Reason | None = None,
    ) -> None:
        await block_person(interaction, features, member, reason, duration)

    @app_commands.command(name="unblock", description=command_words.UNBLOCK)
    @app_commands.describe(member=command_words.MEMBER, reason=command_words.REASON_ON_RECORD)
    async def unblock(interaction: discord.Interaction, member: discord.User, reason: Reason | None = None) -> None:
        if (acting := await lets_act_on_member(interaction, member, reason)) is not None:
            case = await unblock_member(features.core, acting, member.id)
            await answer(interaction, words.unblocked(case) if case else words.NOT_BLOCKED)

    @app_commands.command(name="blocks", description=command_words.BLOCKS)
    async def blocks(interaction: discord.Interaction) -> None:
        if (acting := await lets_in(interaction)) is not None:
            await show_blocks(interaction, features, acting.guild_id)

    return [block, unblock, blocks]


def _record(features: Features) -> _Commands:
    @app_commands.command(name="warn", description=command_words.WARN)
    @app_commands.describe(member=command_words.MEMBER, reason=command_words.REASON_MEMBER_READS)
    async def warn(interaction: discord.Interaction, member: discord.User, reason: Reason) -> None:
        await warn_person(interaction, features, member, reason)

    @app_commands.command(name="note", description=command_words.NOTE)
    @app_commands.describe(member=command_words.MEMBER, note=command_words.NOTE_TEXT)
    async def note(interaction: discord.Interaction, member: discord.User, note: Reason) -> None:
        await note_person(interaction, features, member, note)

    @app_commands.command(name="member", description=command_words.MEMBER_PAGE)
    @app_commands.describe(member=command_words.MEMBER)
    async def member(interaction: discord.Interaction, member: discord.User) -> None:
        if (acting := await lets_in(interaction)) is not None:
            await show_member(interaction, features, acting.guild_id, str(member.id))

    return [warn, note, member]
