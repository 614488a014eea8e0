"""Keeps what Discord sends about an interaction's channels and discord.py 2.7 drops."""

from collections.abc import Mapping
from typing import Any

import discord

_KEY = "channel"
_SPOILER_CHANNEL = 1 << 21


def keep_raw_channels(client: discord.Client) -> None:
    """Copies the channel of each interaction into `interaction.data`. Call it before the client connects.

    discord.py makes no channel of a type that it does not know, and keeps the flags of forums and threads only.
    """
    parsers = client._connection.parsers  # noqa: SLF001 - no public name gives an interaction as Discord sent it
    parse = parsers["INTERACTION_CREATE"]

    def keep(payload: dict[str, Any]) -> None:
        payload.setdefault("data", {})[_KEY] = payload.get("channel", {})
        parse(payload)

    parsers["INTERACTION_CREATE"] = keep


def channel_id_of(interaction: discord.Interaction[Any]) -> int | None:
    """The channel's id, also where discord.py does not know the channel's type."""
    raw_id = _raw_channel(interaction).get("id")
    return interaction.channel_id or (int(raw_id) if raw_id else None)


def in_spoiler_channel(interaction: discord.Interaction[Any]) -> bool:
    """Whether members see the channel, or the forum around it, only after they agreed to see spoilers.

    https://discord.com/developers/docs/resources/channel#channel-object-channel-flags
    """
    channel = interaction.channel
    parent = channel.parent if isinstance(channel, discord.Thread) else None
    # discord.py 2.7 keeps the flags of a forum, but not of a text channel that has threads.
    around = parent.flags.value if isinstance(parent, discord.ForumChannel) else 0
    return bool((int(_raw_channel(interaction).get("flags") or 0) | around) & _SPOILER_CHANNEL)


def bot_permissions_in(interaction: discord.Interaction[Any], channel_id: int) -> discord.Permissions | None:
    """The bot's permissions in a channel that was chosen in a command. Discord sends them since 2026-07-16."""
    chosen = _data(interaction).get("resolved", {}).get("channels", {}).get(str(channel_id), {})
    held = chosen.get("app_permissions")
    return discord.Permissions(int(held)) if held is not None else None


def _raw_channel(interaction: discord.Interaction[Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = _data(interaction).get(_KEY, {})
    return found


def _data(interaction: discord.Interaction[Any]) -> Mapping[str, Any]:
    data: Any = interaction.data
    return data or {}
