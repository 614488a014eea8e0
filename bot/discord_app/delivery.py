"""Posts results in their channel as the bot, once, made to fit; or into the person's private reply."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import aiohttp
import discord
import structlog

from bot.discord_app import replies
from bot.discord_app.cards import file_stem, make_file, make_source_file, result_card
from bot.discord_app.private_reply import PrivateReply
from bot.images.errors import UnreadablePictureError
from bot.images.fit import FittedPicture, fit_to_size
from bot.storage.jobs import Job
from bot.storage.results import Post
from bot.use_cases.compare_pictures import Comparison
from bot.use_cases.interfaces import ChannelClosedError, Delivery, Part, Picture, PostFailedError

DEFAULT_FILE_LIMIT = 10 * 1024 * 1024
REQUEST_LIMIT = 24 * 1024 * 1024
PICTURES_IN_A_MESSAGE = 10
_LOOKED_THROUGH = 200
_SMALLEST_LIMIT = 256 * 1024
_TOO_LARGE = 413
# Unknown Channel, Unknown Guild, Missing Access, Missing Permissions, and a thread that is locked for us.
_CLOSED = frozenset({10003, 10004, 50001, 50013, 50083, 160005})

log = structlog.get_logger(__name__)


class ChannelPoster:
    """The ResultPoster of the use cases, over a discord.py client."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def plan(self, delivery: Delivery) -> Sequence[Part]:
        """One message where they fit. Sizes are those after fitting, so the same delivery gives the same parts."""
        fitted = await self._fit(delivery.pictures, self._file_limit(delivery.job.guild_id))
        groups = _pack([len(picture.data) for picture in fitted])
        notes = replies.notes(delivery.withheld, delivery.lost)
        return [
            Part(number, len(groups), [delivery.pictures[n] for n in group], notes if number == 0 else ())
            for number, group in enumerate(groups)
        ]

    async def post(self, delivery: Delivery, part: Part) -> Post:
        """Raises PostFailedError and ChannelClosedError."""
        job = delivery.job
        channel = self._client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
        try:
            found = await self._find(channel, job, part) if delivery.look_first else None
            message = found or await self._send(channel, job, part)
        except discord.HTTPException as error:
            raise _translate(error) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise PostFailedError(type(error).__name__) from None
        return Post(part.number, job.channel_id, message.id)

    async def _find(self, channel: discord.PartialMessageable, job: Job, part: Part) -> discord.Message | None:
        """Our own message with that part, from an attempt whose outcome we never learnt."""
        wanted = tuple(f"{file_stem(job.id, picture.result.position)}." for picture in part.pictures[:1])
        since = (job.posting_at or job.accepted_at) - timedelta(minutes=1)
        try:
            async for message in channel.history(limit=_LOOKED_THROUGH, after=since, oldest_first=True):
                if self._client.user is not None and message.author.id == self._client.user.id:
                    names = [file.filename.removeprefix("SPOILER_") for file in message.attachments]
                    if any(name.startswith(wanted) for name in names):
                        return message
        except discord.Forbidden:
            log.warning("I may not read back what I posted here; the nonce has to do", channel=job.channel_id)
        return None

    async def _send(self, channel: discord.PartialMessageable, job: Job, part: Part) -> discord.Message:
        limit = self._file_limit(job.guild_id)
        while True:
            fitted = await self._fit(part.pictures, limit)
            try:
                return await self._send_fitted(channel, job, part, fitted)
            except discord.HTTPException as error:
                if error.status != _TOO_LARGE or limit <= _SMALLEST_LIMIT:
                    raise
            # The server's limit has changed, or its way there has one of its own.
            limit = min(limit, max(len(picture.data) for picture in fitted)) // 2

    async def _send_fitted(
        self, channel: discord.PartialMessageable, job: Job, part: Part, fitted: Sequence[FittedPicture]
    ) -> discord.Message:
        files = [make_file(job, picture, fit) for picture, fit in zip(part.pictures, fitted, strict=True)]
        return await channel.send(
            view=result_card(job, part, files, fitted),
            files=files,
            nonce=f"{job.interaction_id}-{part.number}",
            allowed_mentions=discord.AllowedMentions(
                everyone=False, roles=False, replied_user=False, users=[discord.Object(job.user_id)]
            ),
        )

    async def post_privately(self, delivery: Delivery) -> bool:
        """Into the private reply, while its token lives."""
        reply = PrivateReply.of(self._client, delivery.job)
        if reply is None:
            return False
        files = await asyncio.to_thread(files_for_one_message, delivery, DEFAULT_FILE_LIMIT)
        return await reply.show(replies.privately(), files=files)

    def _file_limit(self, guild_id: int) -> int:
        guild = self._client.get_guild(guild_id)
        return guild.filesize_limit if guild is not None else DEFAULT_FILE_LIMIT

    async def _fit(self, pictures: Sequence[Picture], limit: int) -> list[FittedPicture]:
        return await asyncio.to_thread(fit_all, pictures, limit)


def fit_all(pictures: Sequence[Picture], limit: int) -> list[FittedPicture]:
    """Blocks. Raises PostFailedError where a stored result is no picture."""
    try:
        return [fit_to_size(picture.data, limit) for picture in pictures]
    except UnreadablePictureError as error:
        raise PostFailedError(f"a result is no picture: {error}") from None


def files_for_one_message(delivery: Delivery, limit: int) -> list[discord.File]:
    """Blocks. All pictures, each as small as it takes to go into one message together."""
    pictures = delivery.pictures[:PICTURES_IN_A_MESSAGE]
    fitted = fit_all(pictures, min(limit, REQUEST_LIMIT // max(1, len(pictures))))
    return [make_file(delivery.job, picture, fit) for picture, fit in zip(pictures, fitted, strict=True)]


def files_to_compare(compared: Comparison, limit: int) -> list[discord.File]:
    """Blocks. The source and the result, each as small as it takes to go into one message together."""
    source, result = (
        fit_to_size(data, min(limit, REQUEST_LIMIT // 2)) for data in (compared.source, compared.result.data)
    )
    return [make_source_file(compared.job, source), make_file(compared.job, compared.result, result)]


def _pack(sizes: Sequence[int]) -> list[list[int]]:
    """Indices in order, as many to a message as Discord takes."""
    groups: list[list[int]] = [[]]
    for index, size in enumerate(sizes):
        taken = sum(sizes[n] for n in groups[-1])
        if groups[-1] and (len(groups[-1]) == PICTURES_IN_A_MESSAGE or taken + size > REQUEST_LIMIT):
            groups.append([])
        groups[-1].append(index)
    return groups


def _translate(error: discord.HTTPException) -> PostFailedError | ChannelClosedError:
    words = f"{error.status} {error.code}"
    return ChannelClosedError(words) if error.code in _CLOSED else PostFailedError(words)
