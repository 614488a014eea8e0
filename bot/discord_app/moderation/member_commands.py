"""The commands of `/remix-mod` about one member: note."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands

from bot.discord_app.kit.features import Features
from bot.discord_app.moderation import command_words, words
from bot.discord_app.moderation.actions import answer, lets_act_on_member
from bot.discord_app.moderation.command_options import Reason
from bot.use_cases.moderation.warn_member import write_note


def member_commands(features: Features) -> Sequence[app_commands.Command[Any, ..., None]]:
    """For the group `/remix-mod`."""

    @app_commands.command(name="note", description=command_words.NOTE)
    @app_commands.describe(member=command_words.MEMBER, note=command_words.NOTE_TEXT)
    async def note(interaction: discord.Interaction, member: discord.User, note: Reason) -> None:
        acting = await lets_act_on_member(interaction, member, note)
        if acting is not None and acting.reason is None:
            await answer(interaction, words.NO_NOTE)
        elif acting is not None:
            case = await write_note(features.core, acting, member.id)
            await answer(interaction, words.noted(case), case)

    return [note]
