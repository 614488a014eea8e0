"""What stands in the way of what an admin has set: channels and roles that are gone, permissions that the bot lacks."""

import discord

from bot.discord_app.kit.permissions import missing_in, missing_to_post
from bot.discord_app.server_log.words import log_problem
from bot.rules.policies import Policy
from bot.rules.policy_fields import Places
from bot.use_cases.server_policy.server_settings import ServerSettings

_NAMED = 3
_FOR_LOGGING = ("View Channel", "Send Messages")


def places_of(guild: discord.Guild | None) -> Places:
    """What there is in the server, as Discord has told."""
    if guild is None:
        return Places(frozenset(), frozenset())
    channels = [*guild.channels, *guild.threads]
    return Places(frozenset(each.id for each in channels), frozenset(each.id for each in guild.roles))


def find_warnings(guild: discord.Guild | None, settings: ServerSettings) -> list[str]:
    """A sentence for each, the log channel's first."""
    if guild is None:
        return []
    return [*_log_channel(guild, settings), *_gone(guild, settings), *_permissions(guild, settings.policy)]


def _log_channel(guild: discord.Guild, settings: ServerSettings) -> list[str]:
    channel_id = settings.policy.log_channel
    if channel_id is None:
        return []
    channel = guild.get_channel_or_thread(channel_id)
    if channel is None:
        return ["The log channel no longer exists: nothing is written there, but nothing is lost."]
    missing = [name for name in missing_in(channel, guild.me) if name in _FOR_LOGGING]
    if missing:
        return [f"I cannot write in the log channel <#{channel_id}>: I lack {_bold(missing)}."]
    return [log_problem(settings.log_problem, channel_id)] if settings.log_problem else []


def _gone(guild: discord.Guild, settings: ServerSettings) -> list[str]:
    policy, places = settings.policy, places_of(guild)
    lists = {
        "channels": policy.channels - places.channels,
        "roles": policy.roles - places.roles,
        "ignored-roles": policy.ignored_roles - places.roles,
    }
    return [f"`{name}`: {len(gone)} no longer exist here." for name, gone in lists.items() if gone]


def _permissions(guild: discord.Guild, policy: Policy) -> list[str]:
    if not policy.channels:
        missing = missing_to_post(guild.me.guild_permissions)
        return [f"I lack {_bold(missing)} in this server, which I need to post results."] if missing else []
    channels = [guild.get_channel_or_thread(each) for each in sorted(policy.channels)]
    lacking = [(each.id, missing_in(each, guild.me)) for each in channels if each is not None]
    found = [f"I cannot post results in <#{id_}>: I lack {_bold(missing)}." for id_, missing in lacking if missing]
    return found[:_NAMED] + ([f"And in {len(found) - _NAMED} more channels."] if len(found) > _NAMED else [])


def _bold(names: list[str] | tuple[str, ...]) -> str:
    return " and ".join(f"**{name}**" for name in names)
