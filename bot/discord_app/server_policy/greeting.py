"""Greets the admins of a server that the bot has just joined: once, briefly, and without notifying anybody."""

from collections.abc import Iterator

import discord
import structlog

from bot.discord_app.kit.features import Features
from bot.discord_app.kit.permissions import missing_to_post
from bot.discord_app.kit.sending import SendError, send
from bot.discord_app.server_policy import words
from bot.storage.engine.database import DatabaseUnavailableError
from bot.use_cases.server_policy.greet_server import try_greet

log = structlog.get_logger(__name__)


async def greet(guild: discord.Guild, features: Features) -> None:
    """Logs errors of Discord, the network and the disk instead of raising them."""
    channel = next(_channels(guild), None)
    try:
        if channel is None or not await try_greet(features.core, guild.id):
            return
        allowed_ids = features.rules.allowed_guild_ids
        allowed = not allowed_ids or guild.id in allowed_ids
        missing = missing_to_post(guild.me.guild_permissions)
        text = words.greeting(missing) if allowed else words.not_on_the_list(guild.id)
        await send(channel, text, silent=True)
    except (SendError, DatabaseUnavailableError) as error:
        log.info("a server could not be greeted", guild_id=guild.id, error=type(error).__name__)


def _channels(guild: discord.Guild) -> Iterator[discord.TextChannel]:
    """Channels that the bot can write in: the moderators' first, then those of everybody."""
    for channel in (guild.public_updates_channel, guild.system_channel, *guild.text_channels):
        if channel is not None:
            held = channel.permissions_for(guild.me)
            if held.view_channel and held.send_messages:
                yield channel
