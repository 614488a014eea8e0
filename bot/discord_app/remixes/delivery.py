"""Posts results in their channel as the bot, once, made to fit; or into the person's private reply."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import discord
import structlog
import yarl

from bot.discord_app.kit.sending import (
    DEFAULT_FILE_LIMIT,
    Failure,
    SendError,
    delete_message,
    file_limit,
    send,
    send_errors,
)
from bot.discord_app.remixes import words as replies
from bot.discord_app.remixes.cards import file_stem, make_file, result_card
from bot.discord_app.remixes.private_reply import PrivateReply, Reached
from bot.images.errors import UnreadablePictureError
from bot.images.fit import FittedPicture, fit_to_size
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.results import Post
from bot.use_cases.ports import ChannelClosedError, Delivery, Part, PostFailedError, ResultPicture

REQUEST_LIMIT = 24 * 1024 * 1024
PICTURES_IN_A_MESSAGE = 10
_LOOKED_THROUGH = 1000
_SMALLEST_LIMIT = 256 * 1024

log = structlog.get_logger(__name__)


class ChannelPoster:
    """The ResultPoster of the use cases, over a discord.py client."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def plan(self, delivery: Delivery) -> Sequence[Part]:
        """One message where they fit. What was withheld or lost is told on the first card."""
        fitted = await self._fit(delivery.pictures, file_limit(self._client, delivery.job.guild_id))
        notes = replies.notes(delivery.withheld, delivery.lost)
        parts: list[Part] = []
        for group in _pack([len(picture.data) for picture in fitted]):
            pictures = [delivery.pictures[n] for n in group]
            ready = tuple(fitted[n] for n in group)
            parts.append(Part(pictures[0].result.position, pictures, () if parts else notes, ready))
        return parts

    async def post(self, delivery: Delivery, part: Part) -> Post:
        """Raises PostFailedError and ChannelClosedError."""
        if self._client.is_closed():
            # Discord has ended the connection for good: another start with another token may post it.
            raise PostFailedError("no connection any more")
        job = delivery.job
        channel = self._client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
        try:
            found = await self._find(channel, job, part) if delivery.look_first else None
            message = found or await self._send(channel, job, part)
        except SendError as error:
            closed = error.failure in {Failure.CLOSED, Failure.GONE}
            raise (ChannelClosedError if closed else PostFailedError)(str(error)) from None
        return Post(part.number, job.channel_id, message.id, part.positions)

    async def _find(self, channel: discord.PartialMessageable, job: Job, part: Part) -> discord.Message | None:
        """Our own message with that part, from an attempt whose outcome we never learnt: the newest come first."""
        wanted = f"{file_stem(job.id, part.number)}."
        with send_errors():
            async for message in channel.history(limit=_LOOKED_THROUGH):
                if message.id < job.interaction_id:
                    break
                ours = self._client.user is not None and message.author.id == self._client.user.id
                if ours and any(name.startswith(wanted) for name in _file_names(message)):
                    return message
        return None

    async def _send(self, channel: discord.PartialMessageable, job: Job, part: Part) -> discord.Message:
        limit = file_limit(self._client, job.guild_id)
        fitted = part.fitted or await self._fit(part.pictures, limit)
        while True:
            files = [make_file(job, picture, fit) for picture, fit in zip(part.pictures, fitted, strict=True)]
            view, nonce = result_card(job, part, files, fitted), f"{job.interaction_id}-{part.number}"
            try:
                return await send(channel, view=view, files=files, mention=job.user_id, nonce=nonce, short=False)
            except SendError as error:
                if error.failure is not Failure.TOO_LARGE or limit <= _SMALLEST_LIMIT:
                    raise
            # The server lost a boost level since, or a proxy on the way has a limit of its own.
            limit = min(limit, max(len(picture.data) for picture in fitted)) // 2
            fitted = await self._fit(part.pictures, limit)

    async def post_privately(self, delivery: Delivery) -> bool:
        """Into the private reply, while its token lives and all of it fits there."""
        reply = PrivateReply.of(self._client, delivery.job)
        if reply is None or len(delivery.pictures) > PICTURES_IN_A_MESSAGE:
            return False
        private = await asyncio.to_thread(make_private_files, delivery, DEFAULT_FILE_LIMIT)
        text = "\n".join([replies.PRIVATELY, *private.notes])
        return await reply.show(text, files=private.files) is Reached.YES

    async def take_down(self, post: Post) -> bool:
        """True where it is gone, also if it was gone before."""
        return await delete_message(self._client, post.channel_id, post.message_id)

    async def _fit(self, pictures: Sequence[ResultPicture], limit: int) -> list[FittedPicture]:
        return await asyncio.to_thread(fit_all, pictures, limit)


def fit_all(pictures: Sequence[ResultPicture], limit: int) -> list[FittedPicture]:
    """Blocks. Raises PostFailedError where a stored result is no picture."""
    try:
        return [fit_to_size(picture.data, limit) for picture in pictures]
    except UnreadablePictureError as error:
        raise PostFailedError(f"a result is no picture: {error}") from None


def _file_names(message: discord.Message) -> list[str]:
    """Discord lists a file that a gallery shows in the gallery alone, not among the attachments."""
    urls = [file.url for file in message.attachments]
    for component in message.components:
        children = component.children if isinstance(component, discord.Container) else [component]
        galleries = [child for child in children if isinstance(child, discord.MediaGalleryComponent)]
        urls += [item.media.url for gallery in galleries for item in gallery.items]
    return [yarl.URL(url).name.removeprefix("SPOILER_") for url in urls]


@dataclass(frozen=True, slots=True)
class PrivateFiles:
    """All pictures of a delivery, ten of which go into one message together, and what is to be said of them."""

    files: Sequence[discord.File]
    notes: Sequence[str]


def make_private_files(delivery: Delivery, limit: int) -> PrivateFiles:
    """Blocks. `limit` in bytes a file. Raises PostFailedError where a stored result is no picture."""
    pictures = delivery.pictures
    fitted = fit_all(pictures, min(limit, REQUEST_LIMIT // min(len(pictures), PICTURES_IN_A_MESSAGE)))
    notes = replies.notes(delivery.withheld, delivery.lost)
    if any(picture.changed for picture in fitted):
        notes.append(replies.MADE_TO_FIT)
    files = [make_file(delivery.job, picture, fit) for picture, fit in zip(pictures, fitted, strict=True)]
    return PrivateFiles(files, notes)


def _pack(sizes: Sequence[int]) -> list[list[int]]:
    """Indices in order, as many to a message as Discord takes."""
    groups: list[list[int]] = [[]]
    for index, size in enumerate(sizes):
        taken = sum(sizes[n] for n in groups[-1])
        if groups[-1] and (len(groups[-1]) == PICTURES_IN_A_MESSAGE or taken + size > REQUEST_LIMIT):
            groups.append([])
        groups[-1].append(index)
    return groups
