"""Changes posted cards: covers and uncovers their pictures and words, or deletes them."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import discord
import structlog
import yarl
from discord.http import handle_message_parameters

from bot.discord_app.kit.sending import (
    MAX_SHORT_MESSAGE_S,
    Failure,
    SendError,
    delete_message,
    edit_card,
    mention_only,
    send_errors,
)
from bot.discord_app.remixes import words as replies
from bot.discord_app.remixes.cards import PostedFile, make_files, numbers_of, posted_card, result_card
from bot.discord_app.remixes.delivery import REQUEST_LIMIT, fit_all
from bot.discord_app.remixes.family_words import card_notes
from bot.discord_app.remixes.sets import words as set_words
from bot.discord_app.rest.file_limits import FileLimits
from bot.images.pictures import FittedPicture
from bot.images.processes.pool import PicturePool
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.results import Post
from bot.use_cases.ports import Delivery, Part, PostFailedError, Redrawn, ResultPicture

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a message shows at the moment: its files, and the small print under the prompt."""

    files: Sequence[PostedFile]
    small_print: str | None


class PostedCards:
    """Implements PostEditor with a discord.py client. An edit notifies nobody."""

    def __init__(self, client: discord.Client, pool: PicturePool) -> None:
        self._client = client
        self._pool = pool
        self._limits = FileLimits(client)

    async def take_down(self, post: Post) -> bool:
        return await delete_message(self._client, post.channel_id, post.message_id)

    async def redraw(self, job: Job, post: Post) -> Redrawn:
        """Uploads nothing, so it also works when the pictures are no longer stored."""
        try:
            async with asyncio.timeout(MAX_SHORT_MESSAGE_S):
                return await self._redraw(job, self._message(post), numbers_of(job, post))
        except (SendError, TimeoutError) as error:
            return _failed(post, error)

    async def _redraw(self, job: Job, message: discord.PartialMessage, numbers: Sequence[int]) -> Redrawn:
        with send_errors():
            shown = _read(await message.fetch())
        if not shown.files and not job.hidden:
            return Redrawn.NO_PICTURES
        try:
            await self._edit(job, message, shown, numbers)
        except SendError as error:
            if error.failure is not Failure.REFUSED or not job.hidden:
                raise
            # Discord documents that existing files can become spoilers, since June 2026. Should it refuse, they go.
            log.warning("a card cannot be covered, so its pictures are taken off", message=message.id, error=str(error))
            await self._edit(job, message, _Shown((), shown.small_print), numbers)
        return Redrawn.DONE

    async def _edit(self, job: Job, message: discord.PartialMessage, shown: _Shown, numbers: Sequence[int]) -> None:
        # discord.py can keep existing files, but neither their new alt text nor that they are spoilers:
        # https://docs.discord.com/developers/resources/message#edit-message
        view = posted_card(job, shown.files, shown.small_print, numbers)
        parameters = handle_message_parameters(view=view, allowed_mentions=mention_only(job.user_id))
        count, covered = len(shown.files), job.behind_spoiler
        (parameters.payload or {})["attachments"] = [
            {"id": str(file.id), "description": replies.alt_text(job, number, count), "is_spoiler": covered}
            for number, file in enumerate(shown.files, 1)
        ]
        with send_errors(), parameters:
            await self._client.http.edit_message(message.channel.id, message.id, params=parameters)

    async def redraw_with(self, delivery: Delivery, post: Post) -> Redrawn:
        """Uploads the pictures again: Discord refused to cover them, so they were taken off the card."""
        try:
            await self._upload(delivery, post)
        except (SendError, PostFailedError) as error:
            return _failed(post, error)
        return Redrawn.DONE

    async def _upload(self, delivery: Delivery, post: Post) -> None:
        job = delivery.job
        pictures = [picture for picture in delivery.pictures if picture.result.position in post.positions]
        fitted = await _fit_together(self._pool, pictures, await self._limits.of(job.guild_id))
        notes = card_notes(delivery) if post.part == 0 else ()
        captions = set_words.captions(replace(delivery, pictures=pictures)) if numbers_of(job, post) else ()
        part = Part(post.part, pictures, notes, captions=captions)
        files = make_files(job, part, fitted)
        view = result_card(job, part, files, fitted)
        await edit_card(self._message(post), view, files, author_id=job.user_id)

    def _message(self, post: Post) -> discord.PartialMessage:
        return self._client.get_partial_messageable(post.channel_id).get_partial_message(post.message_id)


def _failed(post: Post, error: Exception) -> Redrawn:
    if isinstance(error, SendError) and error.failure is Failure.GONE:
        return Redrawn.DONE
    log.warning("a card could not be updated", message=post.message_id, error=str(error) or type(error).__name__)
    return Redrawn.FAILED


async def _fit_together(pool: PicturePool, pictures: Sequence[ResultPicture], limit: int) -> list[FittedPicture]:
    """The pictures of one message, made smaller if they exceed the request limit together.

    That happens if the server's limit has grown since they were posted.
    """
    fitted = await fit_all(pool, pictures, limit)
    if sum(len(picture.data) for picture in fitted) > REQUEST_LIMIT:
        return await fit_all(pool, pictures, min(limit, REQUEST_LIMIT // len(pictures)))
    return fitted


def _read(message: discord.Message) -> _Shown:
    files, texts = [], []
    for component in _components(message):
        if isinstance(component, discord.MediaGalleryComponent):
            # Discord lists a file that a gallery shows there alone, not among the message's attachments.
            media = [item.media for item in component.items]
            files += [PostedFile(each.attachment_id, yarl.URL(each.url).name) for each in media if each.attachment_id]
        elif isinstance(component, discord.TextDisplay):
            texts.append(component.content)
    small_print = texts[-1] if texts and texts[-1].startswith("-# ") else None
    return _Shown(files, small_print)


def _components(message: discord.Message) -> Iterator[object]:
    for component in message.components:
        yield from component.children if isinstance(component, discord.Container) else [component]
