"""Posts results in their channel, each once and small enough for the channel's limit, or in the private reply."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import discord
import structlog
import yarl

from bot.discord_app.kit.sending import (
    DEFAULT_FILE_LIMIT,
    Failure,
    SendError,
    delete_message,
    max_post_s,
    send,
    send_errors,
)
from bot.discord_app.remixes import words as replies
from bot.discord_app.remixes.cards import file_stem, make_files, private_card, result_card
from bot.discord_app.remixes.family_words import card_notes
from bot.discord_app.remixes.private_reply import PrivateReply, Reached
from bot.discord_app.remixes.sets import words as set_words
from bot.discord_app.rest.file_limits import FileLimits
from bot.discord_app.rest.request_budget import Urgency, requests_are
from bot.images.errors import UnreadablePictureError
from bot.images.pictures import FittedPicture
from bot.images.processes.pool import PicturePool
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.results import Post
from bot.use_cases.ports import ChannelClosedError, Delivery, Part, PostFailedError, ResultPicture

# Bytes of files in one request. Some clients report that Discord refuses more than 25 MiB; nobody could confirm it.
REQUEST_LIMIT = 24 * 1024 * 1024
# Discord takes 10 attachments a message, and as many pictures in a gallery.
PICTURES_IN_A_MESSAGE = 10
# Ten requests of history at most. The search usually ends much earlier, at messages that are older than the job.
_MAX_SEARCHED = 1000
_CLOCKS_DIFFER = timedelta(minutes=5)
# Bytes per file. If Discord refuses even this as too large, smaller pictures do not help either.
_SMALLEST_LIMIT = 256 * 1024

log = structlog.get_logger(__name__)


class ChannelPoster:
    """Implements ResultPoster with a discord.py client."""

    def __init__(self, client: discord.Client, pool: PicturePool, may_act: Callable[[], bool] = lambda: True) -> None:
        """`may_act`: asked right before a message leaves. False: another process may be about to post it."""
        self._client = client
        self._may_act = may_act
        self._pool = pool
        self._limits = FileLimits(client)

    async def plan(self, delivery: Delivery) -> Sequence[Part]:
        """Uses as few messages as the limits allow. The first card says what was withheld or lost."""
        with requests_are(Urgency.RESULT):
            limit = await self._limits.of(delivery.job.guild_id)
        fitted = await self._fit(delivery.pictures, limit)
        notes = (*card_notes(delivery), *set_words.missing_notes(delivery))
        captions = set_words.captions(delivery)
        parts: list[Part] = []
        for group in _pack([len(picture.data) for picture in fitted]):
            pictures = [delivery.pictures[n] for n in group]
            ready = tuple(fitted[n] for n in group)
            texts = [captions[n] for n in group] if captions else ()
            parts.append(Part(pictures[0].result.position, pictures, () if parts else notes, ready, texts))
        return parts

    async def post(self, delivery: Delivery, part: Part) -> Post:
        """Raises PostFailedError and ChannelClosedError."""
        if self._client.is_closed():
            # Discord has closed the connection for good, such as for a revoked token. The next start may post it.
            raise PostFailedError("the connection is closed")
        job = delivery.job
        channel = self._client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
        size = sum(len(picture.data) for picture in part.fitted or part.pictures)
        try:
            with send_errors(), requests_are(Urgency.RESULT):
                # An attempt holds one of the places for deliveries, which are few.
                async with asyncio.timeout(max_post_s(size)):
                    found = await self._find(channel, job, part) if delivery.look_first else None
                    message = found or await self._send(channel, job, part)
        except SendError as error:
            if error.failure is Failure.LATER:
                raise PostFailedError(str(error), error.retry_after) from None
            # Also what Discord will never take, whatever the reason: it is no use to try that for a day.
            raise ChannelClosedError(str(error)) from None
        return Post(part.number, job.channel_id, message.id, part.positions)

    async def _find(self, channel: discord.PartialMessageable, job: Job, part: Part) -> discord.Message | None:
        """Find the message of an earlier attempt whose outcome was lost. The nonce only works for a few minutes."""
        wanted = tuple(f"{file_stem(job.id, position, part.number)}." for position in part.positions)
        since = job.interaction_id
        if since < 0:
            since = discord.utils.time_snowflake(job.accepted_at - _CLOCKS_DIFFER)
        searched = 0
        with send_errors():
            async for message in channel.history(limit=_MAX_SEARCHED):
                if message.id < since:
                    return None
                if self._is_ours(message, wanted):
                    return message
                searched += 1
            if searched == _MAX_SEARCHED:
                # After a restored backup the attempt was long ago, and a busy channel has had more messages since.
                async for message in channel.history(limit=_MAX_SEARCHED, after=discord.Object(since)):
                    if self._is_ours(message, wanted):
                        return message
        return None

    def _is_ours(self, message: discord.Message, wanted: tuple[str, ...]) -> bool:
        """`wanted`: how the name of one of its files begins."""
        ours = self._client.user is not None and message.author.id == self._client.user.id
        return ours and any(name.startswith(wanted) for name in _file_names(message))

    async def _send(self, channel: discord.PartialMessageable, job: Job, part: Part) -> discord.Message:
        limit = await self._limits.of(job.guild_id)
        fitted = part.fitted or await self._fit(part.pictures, limit)
        while True:
            files = make_files(job, part, fitted)
            if not self._may_act():
                raise PostFailedError("the other processes do not count on this one")
            view, nonce = result_card(job, part, files, fitted), f"{job.interaction_id}-{part.number}"
            try:
                return await send(channel, view=view, files=files, mention=job.user_id, nonce=nonce, short=False)
            except SendError as error:
                if error.failure is not Failure.TOO_LARGE or limit <= _SMALLEST_LIMIT:
                    raise
            # The server has lost a boost level since, or a proxy in between has a limit of its own.
            limit = min(limit, max(len(picture.data) for picture in fitted)) // 2
            fitted = await self._fit(part.pictures, limit)

    async def post_privately(self, delivery: Delivery) -> bool:
        """Put the pictures into the private reply. False: its token has expired, or one message cannot hold them.

        Raises PostFailedError.
        """
        reply = PrivateReply.of(self._client, delivery.job)
        if reply is None or len(delivery.pictures) > PICTURES_IN_A_MESSAGE:
            return False
        private = await make_private_files(self._pool, delivery, DEFAULT_FILE_LIMIT)
        text = "\n".join([replies.PRIVATELY, *private.notes])
        size = sum(len(picture.data) for picture in delivery.pictures)
        view = private_card(delivery.job, text, private.files)
        reached = await reply.show(view, files=private.files, within_s=max_post_s(size))
        if reached is Reached.NOT_NOW:
            raise PostFailedError("the private reply cannot be reached now")
        return reached is Reached.YES

    async def take_down(self, post: Post) -> bool:
        """Delete the message. True: it is gone, perhaps since before."""
        return await delete_message(self._client, post.channel_id, post.message_id)

    async def _fit(self, pictures: Sequence[ResultPicture], limit: int) -> list[FittedPicture]:
        return await fit_all(self._pool, pictures, limit)


async def fit_all(pool: PicturePool, pictures: Sequence[ResultPicture], limit: int) -> list[FittedPicture]:
    """Raises PostFailedError if a stored result cannot be decoded."""
    try:
        return [await pool.fit(picture.data, limit) for picture in pictures]
    except UnreadablePictureError as error:
        raise PostFailedError(f"a result cannot be decoded: {error}") from None


def _file_names(message: discord.Message) -> list[str]:
    # A file that a gallery shows is not among the message's attachments: Discord lists it in the gallery only.
    urls = [file.url for file in message.attachments]
    for component in message.components:
        children = component.children if isinstance(component, discord.Container) else [component]
        galleries = [child for child in children if isinstance(child, discord.MediaGalleryComponent)]
        urls += [item.media.url for gallery in galleries for item in gallery.items]
    return [yarl.URL(url).name.removeprefix("SPOILER_") for url in urls]


@dataclass(frozen=True, slots=True)
class PrivateFiles:
    """All pictures of a delivery, small enough for ten to go into one message, and sentences about them."""

    files: Sequence[discord.File]
    notes: Sequence[str]


async def make_private_files(pool: PicturePool, delivery: Delivery, limit: int) -> PrivateFiles:
    """`limit`: bytes per file. Raises PostFailedError if a stored result cannot be decoded."""
    pictures = delivery.pictures
    fitted = await fit_all(pool, pictures, min(limit, REQUEST_LIMIT // min(len(pictures), PICTURES_IN_A_MESSAGE)))
    notes = replies.notes(delivery.withheld, delivery.lost)
    if any(picture.changed for picture in fitted):
        notes.append(replies.MADE_TO_FIT)
    part = Part(0, pictures, captions=set_words.captions(delivery))
    return PrivateFiles(make_files(delivery.job, part, fitted), notes)


def _pack(sizes: Sequence[int]) -> list[list[int]]:
    """Groups indices by message, in order, as many to each as Discord accepts."""
    groups: list[list[int]] = [[]]
    for index, size in enumerate(sizes):
        taken = sum(sizes[n] for n in groups[-1])
        if groups[-1] and (len(groups[-1]) == PICTURES_IN_A_MESSAGE or taken + size > REQUEST_LIMIT):
            groups.append([])
        groups[-1].append(index)
    return groups
