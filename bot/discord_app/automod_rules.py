"""Reads the AutoMod rules of a server from Discord. That needs Manage Server."""

from collections.abc import Mapping, Sequence
from typing import Any

import discord

from bot.discord_app.kit.sending import DISCORD_ERRORS
from bot.rules.words.automod import AutoModFound, AutoModRule

# https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
_FORBIDDEN = frozenset({50001, 50013})
# https://discord.com/developers/docs/resources/auto-moderation#auto-moderation-rule-object-trigger-types
_KEYWORD, _PRESET = 1, 4
_MESSAGE_SEND = 1
_BLOCKS = frozenset({1, 3})
"""Actions that keep a message away, or its author: block it, time them out. The others only alert."""


class AutoModLookup:
    """The AutoModReader of the use cases, over a discord.py client."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def read(self, guild_id: int) -> AutoModFound | None:
        guild = self._client.get_guild(guild_id)
        if guild is None or guild.unavailable or guild.me is None:
            return None
        if not guild.me.guild_permissions.manage_guild:
            return AutoModFound(None)
        try:
            found = await self._client.http.get_auto_moderation_rules(guild_id)
        except discord.HTTPException as error:
            return AutoModFound(None) if error.code in _FORBIDDEN else None
        except DISCORD_ERRORS:
            return None
        return found_in(found)


def found_in(raw: Sequence[Mapping[str, Any]]) -> AutoModFound:
    """What of Discord's answer can be applied to prompts: enabled rules about keywords in messages."""
    enabled = [each for each in raw if each["enabled"] and each["event_type"] == _MESSAGE_SEND]
    presets = sum(each["trigger_type"] == _PRESET for each in enabled)
    return AutoModFound([_rule(each) for each in enabled if each["trigger_type"] == _KEYWORD], presets)


def _rule(raw: Mapping[str, Any]) -> AutoModRule:
    found = raw.get("trigger_metadata") or {}
    return AutoModRule(
        int(raw["id"]),
        raw["name"],
        keywords=tuple(found.get("keyword_filter") or ()),
        patterns=tuple(found.get("regex_patterns") or ()),
        allowed=tuple(found.get("allow_list") or ()),
        exempt_roles=frozenset(map(int, raw.get("exempt_roles") or ())),
        exempt_channels=frozenset(map(int, raw.get("exempt_channels") or ())),
        blocks=any(action["type"] in _BLOCKS for action in raw.get("actions") or ()),
    )
