"""Finds what is wrong with a server's settings: deleted channels and roles, missing permissions, a public log."""

import discord

from bot.discord_app.kit.channel_sight import is_read_by_all
from bot.discord_app.kit.permissions import missing_in, missing_to_post
from bot.discord_app.server_log.words import log_problem
from bot.discord_app.server_policy import words
from bot.rules.field_values import CHANNELS, ROLES
from bot.rules.policies import Policy
from bot.rules.policy_fields import FIELDS, Places
from bot.use_cases.server_policy.read_server_policy import ServerPolicy

_NAMED = 3
_FOR_LOGGING = ("View Channel", "Send Messages")


def places_of(guild: discord.Guild | None) -> Places:
    """The server's channels, threads and roles, from discord.py's cache."""
    if guild is None:
        return Places(frozenset(), frozenset())
    channels = [*guild.channels, *guild.threads]
    return Places(frozenset(each.id for each in channels), frozenset(each.id for each in guild.roles))


def find_warnings(guild: discord.Guild | None, server: ServerPolicy) -> list[str]:
    """A sentence for each, the log channel's first."""
    if guild is None:
        return []
    return [*_log_channel(guild, server), *_gone(guild, server.policy), *_permissions(guild, server.policy)]


def _log_channel(guild: discord.Guild, server: ServerPolicy) -> list[str]:
    channel_id = server.policy.log_channel
    if channel_id is None:
        return []
    channel = guild.get_channel_or_thread(channel_id)
    if channel is None:
        return [words.LOG_CHANNEL_GONE]
    found = []
    missing = [name for name in missing_in(channel, guild.me) if name in _FOR_LOGGING]
    if missing:
        found.append(words.cannot_write_log(channel_id, missing))
    elif server.log_problem:
        found.append(log_problem(server.log_problem, channel_id))
    if is_read_by_all(channel, server.policy):
        found.append(words.log_is_read_by_all(channel_id))
    return found


def _gone(guild: discord.Guild, policy: Policy) -> list[str]:
    places = places_of(guild)
    there = {CHANNELS: places.channels, ROLES: places.roles}
    lists = [field for field in FIELDS if field.kind in there]
    counts = {field.name: len(getattr(policy, field.attribute) - there[field.kind]) for field in lists}
    return [words.gone(field, counts[field.name]) for field in lists if counts[field.name]]


def _permissions(guild: discord.Guild, policy: Policy) -> list[str]:
    if not policy.channels:
        missing = missing_to_post(guild.me.guild_permissions)
        return [words.cannot_post(missing)] if missing else []
    channels = [guild.get_channel_or_thread(each) for each in sorted(policy.channels)]
    lacking = [(each.id, missing_in(each, guild.me)) for each in channels if each is not None]
    found = [words.cannot_post_in(id_, missing) for id_, missing in lacking if missing]
    return found[:_NAMED] + ([words.more_channels(len(found) - _NAMED)] if len(found) > _NAMED else [])
