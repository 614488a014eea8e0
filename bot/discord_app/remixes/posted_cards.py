"""Replaces the cards of posted results, to put their pictures behind a spoiler or to show them again."""

import asyncio
from collections.abc import Sequence
from weakref import WeakValueDictionary

import discord
import structlog

from bot.discord_app.kit.sending import Failure, SendError, edit_card, file_limit
from bot.discord_app.remixes import words as replies
from bot.discord_app.remixes.cards import make_file, result_card
from bot.discord_app.remixes.delivery import REQUEST_LIMIT, fit_all
from bot.images.pictures import FittedPicture
from bot.images.processes.pool import PicturePool
from bot.storage.remixes.results import Post
from bot.use_cases.ports import Cards, Part, PostFailedError, ResultPicture

log = structlog.get_logger(__name__)


async def _fit_together(pool: PicturePool, pictures: Sequence[ResultPicture], limit: int) -> list[FittedPicture]:
    """The pictures of one message, made smaller if they exceed the request limit together.

    That happens if the server's limit has grown since they were posted.
    """
    fitted = await fit_all(pool, pictures, limit)
    if sum(len(picture.data) for picture in fitted) > REQUEST_LIMIT:
        return await fit_all(pool, pictures, min(limit, REQUEST_LIMIT // len(pictures)))
    return fitted


class PostedCards:
    """Edits the messages of a job. An edit notifies nobody and replaces the files."""

    def __init__(self, client: discord.Client, pool: PicturePool) -> None:
        self._client = client
        self._pool = pool
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def show(self, cards: Cards) -> bool:
        """Show the job as it is now. False: one of the messages could not be edited. Deleted ones are skipped."""
        # One edit of a job at a time, or an earlier one could arrive last and undo a later one.
        async with self._locks.setdefault(cards.delivery.job.id, asyncio.Lock()):
            shown = [await self._show_one(cards, post) for post in cards.posts]
        return all(shown)

    async def _show_one(self, cards: Cards, post: Post) -> bool:
        try:
            await self._edit(cards, post)
        except (SendError, PostFailedError) as error:
            if isinstance(error, SendError) and error.failure is Failure.GONE:
                return True
            log.warning("a card could not be updated", message=post.message_id, error=str(error))
            return False
        return True

    async def _edit(self, cards: Cards, post: Post) -> None:
        delivery = cards.delivery
        job, pictures = (
            delivery.job,
            [picture for picture in delivery.pictures if picture.result.position in post.positions],
        )
        fitted = await _fit_together(self._pool, pictures, file_limit(self._client, job.guild_id))
        notes = replies.notes(delivery.withheld, delivery.lost) if post == cards.posts[0] else ()
        files = [make_file(job, picture, fit) for picture, fit in zip(pictures, fitted, strict=True)]
        view = result_card(job, Part(post.part, pictures, notes), files, fitted)
        message = self._client.get_partial_messageable(post.channel_id).get_partial_message(post.message_id)
        await edit_card(message, view, files, author_id=job.user_id)
