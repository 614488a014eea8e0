"""Deletes a message of ours that shows results."""

import aiohttp
import discord
import structlog

from bot.storage.remixes.results import Post

log = structlog.get_logger(__name__)


async def delete_message(client: discord.Client, post: Post) -> bool:
    """True where it is gone, also if it was gone before. Never raises what Discord or the network may do."""
    try:
        await client.get_partial_messageable(post.channel_id).get_partial_message(post.message_id).delete()
    except discord.NotFound:
        return True
    except (discord.HTTPException, aiohttp.ClientError, TimeoutError, OSError) as error:
        log.info("a message could not be deleted", message=post.message_id, error=type(error).__name__)
        return False
    return True
