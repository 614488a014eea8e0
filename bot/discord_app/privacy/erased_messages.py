"""Takes erased remixes out of Discord: deletes their posts, and replaces their entries in log channels."""

import asyncio
from typing import Any

import discord
import structlog
from discord import ui

from bot.discord_app.kit.sending import MAX_SHORT_MESSAGE_S, Failure, SendError, delete_message, send_errors
from bot.discord_app.privacy import words
from bot.discord_app.rest.request_budget import Urgency, requests_are
from bot.storage.privacy.erased_rows import LogPost
from bot.storage.remixes.results import Post

log = structlog.get_logger(__name__)


class ErasedMessages:
    """The Messages of the use cases, over a discord.py client."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def take_down(self, post: Post) -> bool:
        with requests_are(Urgency.BACKGROUND):
            return await delete_message(self._client, post.channel_id, post.message_id)

    async def take_out_of_log(self, message: LogPost) -> bool:
        channel = self._client.get_partial_messageable(message.channel_id, guild_id=message.guild_id)
        try:
            with send_errors(), requests_are(Urgency.BACKGROUND):
                async with asyncio.timeout(MAX_SHORT_MESSAGE_S):
                    found = await channel.fetch_message(message.message_id)
                    view = ui.LayoutView.from_message(found, timeout=None)
                    view.stop()
                    if _erase_entry(view, message.job_id):
                        await found.edit(view=view, allowed_mentions=discord.AllowedMentions.none())
        except SendError as error:
            if error.failure is not Failure.GONE:
                log.info("an entry of a log channel could not be erased", message=message.message_id, error=str(error))
                return False
        return True


def _erase_entry(view: ui.LayoutView, job_id: int) -> bool:
    """Other entries of the same message stay. False: it has no entry about that job any more."""
    erased = False
    for item in list(view.children):
        parts: list[ui.Item[Any]] = list(item.children) if isinstance(item, ui.Container) else [item]
        for part in parts:
            if isinstance(part, ui.TextDisplay) and _is_about(part.content, job_id):
                part.content = words.ERASED_ENTRY
                erased = True
                if isinstance(item, ui.Container):
                    for other in parts:
                        if isinstance(other, ui.ActionRow):
                            item.remove_item(other)
    return erased


def _is_about(entry: str, job_id: int) -> bool:
    """Entries about a remix begin with its kind and its number. Cases name it further on, and they stay."""
    return f"** `{job_id}`" in entry.partition("·")[0]
