"""What is offered while an admin types: names of settings, and values that fit the one that is named."""

import discord
from discord import app_commands

from bot.discord_app.kit.text import shorten
from bot.rules.field_values import CHANNEL, CHANNELS, ROLES
from bot.rules.policies import Policy
from bot.rules.policy_fields import FIELDS, UNSET, Bounds, PolicyField, find

_CHOICES = 25
_LONGEST = 100

Choice = app_commands.Choice[str]


def suggest_names(typed: str) -> list[Choice]:
    found = [each for each in FIELDS if typed.lower() in f"{each.name} {each.means}".lower()]
    return [Choice(name=f"{each.name} · {each.means}", value=each.name) for each in found[:_CHOICES]]


def suggest_values(name: str, typed: str, policy: Policy, bounds: Bounds, guild: discord.Guild | None) -> list[Choice]:
    """What was typed first, then what holds now, then what others often take."""
    each = find(name)
    if each is None:
        return []
    now = each.write(policy)
    pairs = [(f"now: {_readable(each, policy, bounds, guild)}", now), (f"{UNSET}: {each.unset(bounds)}", UNSET)]
    pairs += [(text, text) for text in each.kind.suggestions]
    pairs += _of_server(each, now, guild)
    wanted = typed.lower().strip().removeprefix("#").removeprefix("@")
    found = [pair for pair in pairs if wanted in pair[0].lower() and len(pair[1]) <= _LONGEST]
    own = [] if not typed.strip() or each.kind in {CHANNEL, CHANNELS, ROLES} else [(typed, typed[:_LONGEST])]
    return [Choice(name=shorten(label, _LONGEST), value=value) for label, value in [*own, *found][:_CHOICES]]


def _readable(each: PolicyField, policy: Policy, bounds: Bounds, guild: discord.Guild | None) -> str:
    """Mentions are not drawn in a list of choices: how many there are tells enough."""
    value = getattr(policy, each.attribute)
    if each.kind in {CHANNELS, ROLES} and value:
        return f"{len(value)} of this server's"
    if each.kind is CHANNEL and value and guild is not None:
        channel = guild.get_channel_or_thread(value)
        return f"#{channel.name}" if channel else "one that is gone"
    return each.shown(policy, bounds)


def _of_server(each: PolicyField, now: str, guild: discord.Guild | None) -> list[tuple[str, str]]:
    """Its channels or roles, alone or added to those of now."""
    if guild is None or each.kind not in {CHANNEL, CHANNELS, ROLES}:
        return []
    if each.kind is ROLES:
        names = [(f"@{role.name}", f"<@&{role.id}>") for role in guild.roles if not role.is_default()]
    else:
        channels = [channel for channel in guild.channels if not isinstance(channel, discord.CategoryChannel)]
        names = [(f"#{channel.name}", f"<#{channel.id}>") for channel in channels]
    if each.kind is CHANNEL or now == UNSET:
        return names
    added = [(f"{name} and those of now", f"{now}, {value}") for name, value in names if value not in now]
    return [*added, *((f"{name} alone", value) for name, value in names)]
