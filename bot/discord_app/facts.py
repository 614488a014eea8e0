"""Turns an interaction into the plain facts that the rules and use cases ask for."""

from typing import Any

import discord

from bot.rules.access import check_channel, check_server
from bot.rules.refusals import Reason, Refused
from bot.use_cases.submit_remix import Asker

_PERMISSION_NAMES = {
    "View Channel": "view_channel",
    "Send Messages": "send_messages",
    "Send Messages in Threads": "send_messages_in_threads",
    "Attach Files": "attach_files",
    "Read Message History": "read_message_history",
}


def read_asker(interaction: discord.Interaction[Any], allowed_guild_ids: frozenset[int]) -> Asker | Refused:
    """Who asks, if I work in that server and may post in that channel."""
    if refused := check_server(interaction.guild_id, allowed_guild_ids) or check_place(interaction):
        return refused
    if interaction.guild_id is None or interaction.channel_id is None:
        return Refused(Reason.SERVER_ONLY)
    return Asker(
        interaction_id=interaction.id,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        user_id=interaction.user.id,
        reply_token=interaction.token,
    )


def check_place(interaction: discord.Interaction[Any]) -> Refused | None:
    """Whether I could post a result in the interaction's channel; Discord tells with each interaction."""
    held = interaction.app_permissions
    if held.administrator:
        return None
    names = frozenset(name for name, flag in _PERMISSION_NAMES.items() if getattr(held, flag))
    in_thread = isinstance(interaction.channel, discord.Thread)
    return check_channel(names, in_thread=in_thread)


def manages_messages(interaction: discord.Interaction[Any]) -> bool:
    """Whether the clicker may manage messages there now."""
    return interaction.permissions.manage_messages or interaction.permissions.administrator
