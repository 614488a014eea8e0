"""Reads from an interaction who asks, where, and with which permissions."""

from dataclasses import replace
from typing import Any

import discord
from discord import app_commands

from bot.discord_app.kit.raw_channels import bot_permissions_in, channel_id_of, in_spoiler_channel
from bot.rules.access import missing_permissions
from bot.rules.refusals import Reason, Refused
from bot.use_cases.remixes.gate_facts import Asker

_PERMISSION_NAMES = {
    "View Channel": "view_channel",
    "Send Messages": "send_messages",
    "Send Messages in Threads": "send_messages_in_threads",
    "Attach Files": "attach_files",
    "Read Message History": "read_message_history",
}

Place = app_commands.AppCommandChannel | app_commands.AppCommandThread
"""A channel that was chosen in a command."""


def read_asker(interaction: discord.Interaction[Any]) -> Asker | Refused:
    """The facts that the gate needs. Refuses direct messages, which have no server."""
    channel_id = channel_id_of(interaction)
    if interaction.guild_id is None or channel_id is None:
        return Refused(Reason.SERVER_ONLY)
    channel, person = interaction.channel, interaction.user
    member = person if isinstance(person, discord.Member) else None
    return Asker(
        interaction_id=interaction.id,
        guild_id=interaction.guild_id,
        channel_id=channel_id,
        parent_channel_id=channel.parent_id if isinstance(channel, discord.Thread) else None,
        user_id=person.id,
        role_ids=_role_ids(member),
        joined_at=member.joined_at if member else None,
        timed_out_until=member.timed_out_until if member else None,
        missing_permissions=_missing(interaction),
        reply_token=interaction.token,
        in_spoiler_channel=in_spoiler_channel(interaction),
        manages_server=administers(interaction),
    )


def _role_ids(member: discord.Member | None) -> frozenset[int]:
    # The ids come with each interaction and are complete. `Member.roles` omits roles that are not in the server's cache
    # yet, and then a member with a denied role would get in.
    if member is None:
        return frozenset()
    return frozenset({member.guild.id, *member._roles})  # noqa: SLF001 - discord.py has no public name for the bare ids


def missing_in(channel: discord.abc.GuildChannel | discord.Thread, me: discord.Member) -> tuple[str, ...]:
    """The permissions that the bot lacks to post a result there."""
    return missing_to_post(channel.permissions_for(me), in_thread=isinstance(channel, discord.Thread))


def _missing(interaction: discord.Interaction[Any]) -> tuple[str, ...]:
    # Discord sends the bot's permissions in the channel with each interaction, so this needs no cache:
    # https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object
    return missing_to_post(interaction.app_permissions, in_thread=isinstance(interaction.channel, discord.Thread))


def needed_permissions() -> discord.Permissions:
    """What the invite link asks for: all that the bot needs to post results, and nothing else."""
    return discord.Permissions(**dict.fromkeys(_PERMISSION_NAMES.values(), True))


def missing_to_post(held: discord.Permissions, *, in_thread: bool = False) -> tuple[str, ...]:
    """The permissions that the bot lacks to post a result, spelled as in Discord's settings."""
    if held.administrator:
        return ()
    names = frozenset(name for name, flag in _PERMISSION_NAMES.items() if getattr(held, flag))
    return missing_permissions(names, in_thread=in_thread)


def read_asker_of(
    interaction: discord.Interaction[Any], person: discord.User | discord.Member, channel: Place | None
) -> Asker | Refused:
    """The facts as if that member asked in that channel, for a moderator who wants to know why they cannot remix."""
    mine = read_asker(interaction)
    if isinstance(mine, Refused):
        return mine
    member = person if isinstance(person, discord.Member) else None
    theirs = replace(
        mine,
        user_id=person.id,
        role_ids=_role_ids(member),
        joined_at=member.joined_at if member else None,
        timed_out_until=member.timed_out_until if member else None,
        manages_server=member is not None and member.guild_permissions.manage_guild,
    )
    if channel is None or channel.id == mine.channel_id:
        return theirs
    parent_id = channel.parent_id if isinstance(channel, app_commands.AppCommandThread) else None
    missing = _missing_elsewhere(interaction, channel)
    return replace(theirs, channel_id=channel.id, parent_channel_id=parent_id, missing_permissions=missing)


def _missing_elsewhere(interaction: discord.Interaction[Any], channel: Place) -> tuple[str, ...]:
    held = bot_permissions_in(interaction, channel.id)
    if held is None:
        # A channel that the bot cannot see is not in its cache, and then it lacks every permission.
        seen = channel.resolve()
        held = seen.permissions_for(seen.guild.me) if seen is not None else discord.Permissions.none()
    return missing_to_post(held, in_thread=isinstance(channel, app_commands.AppCommandThread))


def manages_messages(interaction: discord.Interaction[Any]) -> bool:
    """Whether the member has Manage Messages in the server now."""
    return _server_permissions(interaction).manage_messages


def moderates(interaction: discord.Interaction[Any]) -> bool:
    """Whether the member has Moderate Members in the server now."""
    return _server_permissions(interaction).moderate_members


def administers(interaction: discord.Interaction[Any]) -> bool:
    """Whether the member has Manage Server now."""
    return _server_permissions(interaction).manage_guild


def _server_permissions(interaction: discord.Interaction[Any]) -> discord.Permissions:
    """What the member's roles give them in the whole server: all to its owner and administrators, none in a time-out.

    `Interaction.permissions` has a channel's overwrites in it, so whoever manages one channel could moderate all.
    """
    person = interaction.user
    # The roles' permissions come from the cache. Without it, nobody has any.
    if interaction.guild is None or not isinstance(person, discord.Member):
        return discord.Permissions.none()
    return person.guild_permissions
