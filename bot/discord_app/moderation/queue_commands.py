"""The commands of `/remix-mod` that steer what waits: queue, cancel, pause, resume, lock, unlock."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands

from bot.discord_app.kit.features import Features
from bot.discord_app.kit.permissions import Place
from bot.discord_app.kit.raw_channels import channel_id_of
from bot.discord_app.moderation import command_words, words
from bot.discord_app.moderation.actions import answer, cancel_all_of, lets_act_on_remix, lets_in
from bot.discord_app.moderation.command_options import Duration, Reason, Reference
from bot.discord_app.moderation.lists.pages import show_queue
from bot.rules.durations import read_duration
from bot.use_cases.moderation.find_remix import NotModerated
from bot.use_cases.moderation.lock_channel import lock_channel, unlock_channel
from bot.use_cases.moderation.pause_server import pause_server, resume_server
from bot.use_cases.moderation.server_queue import cancel_waiting

_Commands = Sequence[app_commands.Command[Any, ..., None]]


def queue_commands(features: Features) -> _Commands:
    """For the group `/remix-mod`."""
    return [*_waiting(features), *_pausing(features), *_locking(features)]


def _waiting(features: Features) -> _Commands:
    @app_commands.command(name="queue", description=command_words.QUEUE)
    async def queue(interaction: discord.Interaction) -> None:
        if (acting := await lets_in(interaction)) is not None:
            await show_queue(interaction, features, acting.guild_id)

    @app_commands.command(name="cancel", description=command_words.CANCEL)
    @app_commands.describe(
        remix=command_words.REMIX_WAITING,
        member=command_words.MEMBER_WAITING,
        reason=command_words.REASON_MEMBER_READS,
    )
    async def cancel(
        interaction: discord.Interaction,
        remix: Reference | None = None,
        member: discord.User | None = None,
        reason: Reason | None = None,
    ) -> None:
        if remix is None or member is not None:
            await cancel_all_of(interaction, features, member if remix is None else None, reason)
            return
        let_in = await lets_act_on_remix(interaction, features, remix, reason, allow_self=True)
        if let_in is None:
            return
        acting, job = let_in
        done = await cancel_waiting(features.core, acting, job.id)
        text = words.not_moderated(done) if isinstance(done, NotModerated) else words.cancelled(done)
        await answer(interaction, text)

    return [queue, cancel]


def _pausing(features: Features) -> _Commands:
    @app_commands.command(name="pause", description=command_words.PAUSE)
    @app_commands.describe(reason=command_words.REASON_EVERYONE_READS)
    async def pause(interaction: discord.Interaction, reason: Reason) -> None:
        acting = await lets_in(interaction, reason)
        if acting is None:
            return
        if acting.reason is None:
            await answer(interaction, words.NO_REASON)
            return
        case = await pause_server(features.core, acting, acting.reason)
        await answer(interaction, words.paused(case), case)

    @app_commands.command(name="resume", description=command_words.RESUME)
    @app_commands.describe(reason=command_words.REASON_ON_RECORD)
    async def resume(interaction: discord.Interaction, reason: Reason | None = None) -> None:
        if (acting := await lets_in(interaction, reason)) is not None:
            case = await resume_server(features.core, acting)
            await answer(interaction, words.resumed(case) if case else words.NOT_PAUSED)

    return [pause, resume]


def _locking(features: Features) -> _Commands:
    @app_commands.command(name="lock", description=command_words.LOCK)
    @app_commands.describe(
        channel=command_words.LOCK_CHANNEL,
        duration=command_words.LOCK_DURATION,
        reason=command_words.REASON_EVERYONE_READS,
    )
    async def lock(
        interaction: discord.Interaction,
        channel: app_commands.AppCommandChannel | app_commands.AppCommandThread | None = None,
        duration: Duration | None = None,
        reason: Reason | None = None,
    ) -> None:
        acting = await lets_in(interaction, reason)
        if acting is None:
            return
        length = read_duration(duration) if duration is not None else None
        channel_id = await _lockable(interaction, channel)
        if channel_id is None:
            return
        if duration is not None and length is None:
            await answer(interaction, words.BAD_DURATION)
            return
        case = await lock_channel(features.core, acting, channel_id, length)
        await answer(interaction, words.locked(case), case)

    @app_commands.command(name="unlock", description=command_words.UNLOCK)
    @app_commands.describe(channel=command_words.LOCK_CHANNEL, reason=command_words.REASON_ON_RECORD)
    async def unlock(
        interaction: discord.Interaction,
        channel: app_commands.AppCommandChannel | app_commands.AppCommandThread | None = None,
        reason: Reason | None = None,
    ) -> None:
        acting = await lets_in(interaction, reason)
        if acting is None or (channel_id := await _lockable(interaction, channel)) is None:
            return
        case = await unlock_channel(features.core, acting, channel_id)
        await answer(interaction, words.unlocked(case) if case else words.not_locked(channel_id))

    return [lock, unlock]


async def _lockable(interaction: discord.Interaction, channel: Place | None) -> int | None:
    """The id of that channel, or of this one. None: nobody can post there, and they have read so."""
    if channel is not None and channel.type is discord.ChannelType.category:
        await answer(interaction, words.NOT_A_CATEGORY)
        return None
    return channel.id if channel is not None else channel_id_of(interaction)
