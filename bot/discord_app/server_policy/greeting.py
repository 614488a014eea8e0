"""Says hello to the admins of a server that the bot has just joined: once, briefly, and without ringing anybody."""

from collections.abc import Iterator

import discord
import structlog

from bot.discord_app.kit.features import ConfigFeatures
from bot.discord_app.kit.permissions import missing_to_post
from bot.discord_app.kit.sending import SendError, send
from bot.storage.engine.database import DatabaseUnavailableError

log = structlog.get_logger(__name__)


_HELLO = (
    "**Hello! I remix pictures:** `/remix`, attach one, say what it should become.\n"
    "Who manages this server sets who, where and how much with `/remix-config panel`; `/remix-help` tells each member "
    "what they may do."
)


def greeting(missing: tuple[str, ...]) -> str:
    names = " and ".join(f"**{name}**" for name in missing)
    return f"{_HELLO}\nTo post results I still need {names}." if missing else _HELLO


def not_on_the_list(guild_id: int) -> str:
    return (
        "**Hello! I cannot make remixes here yet:** this server is not on my operator's list. "
        f"Please ask the person who runs me to add the server `{guild_id}`; nothing is charged to anybody until then."
    )


async def greet(guild: discord.Guild, features: ConfigFeatures) -> None:
    """Never raises what Discord, the network or the disk may do."""
    channel = next(_channels(guild), None)
    try:
        if channel is None or not await features.settings.try_greet(guild.id):
            return
        allowed = not features.allowed_guild_ids or guild.id in features.allowed_guild_ids
        text = greeting(missing_to_post(guild.me.guild_permissions)) if allowed else not_on_the_list(guild.id)
        await send(channel, text, silent=True)
    except (SendError, DatabaseUnavailableError) as error:
        log.info("a server could not be greeted", guild_id=guild.id, error=type(error).__name__)


def _channels(guild: discord.Guild) -> Iterator[discord.TextChannel]:
    """Where the bot may write: what moderators read first, then what everybody does."""
    for channel in (guild.public_updates_channel, guild.system_channel, *guild.text_channels):
        if channel is not None:
            held = channel.permissions_for(guild.me)
            if held.view_channel and held.send_messages:
                yield channel
