"""Suggests names and values of server settings while an admin types."""

import discord
from discord import app_commands

from bot.discord_app.kit import policy_words
from bot.discord_app.server_policy import words
from bot.rules.field_values import CHANNEL, CHANNELS, ROLES
from bot.rules.policies import Policy
from bot.rules.policy_fields import FIELDS, UNSET, Bounds, PolicyField, find
from bot.rules.visible_text import shorten

_CHOICES = 25
_LONGEST = 100

Choice = app_commands.Choice[str]


def suggest_names(typed: str) -> list[Choice]:
    labels = {field.name: f"{field.name} · {policy_words.means(field)}" for field in FIELDS}
    found = [(name, label) for name, label in labels.items() if typed.lower() in label.lower()]
    return [Choice(name=shorten(label, _LONGEST), value=name) for name, label in found[:_CHOICES]]


def suggest_values(name: str, typed: str, policy: Policy, bounds: Bounds, guild: discord.Guild | None) -> list[Choice]:
    """What was typed first, then the current value, then values that others often use."""
    field = find(name)
    if field is None:
        return []
    now = field.write(policy)
    pairs = [
        (words.now_label(_readable(field, policy, bounds, guild)), now),
        (words.default_label(policy_words.unset(field, bounds)), UNSET),
    ]
    pairs += [(text, text) for text in field.kind.suggestions]
    pairs += _of_server(field, now, guild)
    wanted = typed.lower().strip().removeprefix("#").removeprefix("@")
    found = [pair for pair in pairs if wanted in pair[0].lower() and len(pair[1]) <= _LONGEST]
    own = [] if not typed.strip() or field.kind in {CHANNEL, CHANNELS, ROLES} else [(typed, typed[:_LONGEST])]
    return [Choice(name=shorten(label, _LONGEST), value=value) for label, value in [*own, *found][:_CHOICES]]


def _readable(field: PolicyField, policy: Policy, bounds: Bounds, guild: discord.Guild | None) -> str:
    """Discord shows mentions in a list of choices as bare ids, so a count stands for them."""
    value = getattr(policy, field.attribute)
    if field.kind in {CHANNELS, ROLES} and value:
        return words.listed_label(len(value))
    if field.kind is CHANNEL and value and guild is not None:
        channel = guild.get_channel_or_thread(value)
        return f"#{channel.name}" if channel else words.CHANNEL_GONE
    return policy_words.applies(field, policy, bounds)


def _of_server(field: PolicyField, now: str, guild: discord.Guild | None) -> list[tuple[str, str]]:
    """The server's channels or roles, added to the current ones or alone."""
    if guild is None or field.kind not in {CHANNEL, CHANNELS, ROLES}:
        return []
    if field.kind is ROLES:
        names = [(f"@{role.name}", f"<@&{role.id}>") for role in guild.roles if not role.is_default()]
    else:
        channels = [channel for channel in guild.channels if not isinstance(channel, discord.CategoryChannel)]
        names = [(f"#{channel.name}", f"<#{channel.id}>") for channel in channels]
    if field.kind is CHANNEL or now == UNSET:
        return names
    added = [(words.added_label(name), f"{now}, {value}") for name, value in names if value not in now]
    return [*added, *((words.alone_label(name), value) for name, value in names)]
