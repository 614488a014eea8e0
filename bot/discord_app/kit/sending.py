"""Sends, edits and deletes messages as the bot, and sorts Discord's errors by what to do about them."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from io import BytesIO
from typing import Self

import aiohttp
import discord
import structlog
from discord import ui

from bot.images.errors import UnreadablePictureError
from bot.images.processes.pool import PicturePool

DEFAULT_FILE_LIMIT = 10 * 1024 * 1024
"""Bytes a file in a server without boosts: https://discord.com/developers/docs/reference#uploading-files"""

DISCORD_ERRORS = (
    discord.HTTPException,
    discord.RateLimited,
    discord.ClientException,
    aiohttp.ClientError,
    TimeoutError,
    OSError,
)
"""Everything that a request to Discord can raise. A reset connection or a long rate limit is not an `HTTPException`."""

MAX_SHORT_MESSAGE_S = 20.0
"""Time limit for a short message. discord.py sleeps through a 429, and one slow channel must not delay the others."""

_MAX_POST_S = 60.0
_SLOWEST_UPLOAD = 256 * 1024

# https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
_UNKNOWN_CHANNEL = 10003
_UNKNOWN_SERVER = 10004
_UNKNOWN_MESSAGE = 10008
_UNKNOWN_WEBHOOK = 10015
_MISSING_ACCESS = 50001
_MISSING_PERMISSIONS = 50013
_INVALID_WEBHOOK_TOKEN = 50027
_THREAD_ARCHIVED = 50083
_THREAD_LOCKED = 160005
_REQUEST_TOO_LARGE = 40005

_GONE = frozenset({_UNKNOWN_CHANNEL, _UNKNOWN_SERVER, _UNKNOWN_MESSAGE, _UNKNOWN_WEBHOOK, _INVALID_WEBHOOK_TOKEN})
# Cloudflare refuses the request, not Discord: https://github.com/discord/discord-api-docs/issues/6473
_BLOCKED_ON_THE_WAY = 40333
_CLOSED = frozenset({_MISSING_ACCESS, _MISSING_PERMISSIONS, _THREAD_ARCHIVED, _THREAD_LOCKED})
_TEMPORARY_STATUSES = frozenset({401, 408, 429})
_FORBIDDEN = 403
_TOO_LARGE = 413
_SERVER_ERRORS = 500

log = structlog.get_logger(__name__)


class Failure(StrEnum):
    """What a failed request means.

    `GONE`: the channel, message or reply no longer exists. `CLOSED`: the bot has no permission. `LATER`: trying again
    may work. `TOO_LARGE`: smaller files may fit. `REFUSED`: the same request will always fail.
    """

    GONE = "gone"
    CLOSED = "closed"
    LATER = "later"
    TOO_LARGE = "too_large"
    REFUSED = "refused"


class SendError(Exception):
    """A request failed, or its response was lost, and then it may have worked. The message quotes no one's text.

    `retry_after`: how many seconds Discord wants to pass first, if it named a long time.
    """

    def __init__(self, failure: Failure, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.failure = failure
        self.retry_after = retry_after

    @classmethod
    def of(cls, error: Exception) -> Self:
        if isinstance(error, discord.RateLimited):
            return cls(Failure.LATER, f"429, retry after {error.retry_after:.0f} s", error.retry_after)
        if isinstance(error, discord.HTTPException):
            return cls(_failure(error), f"{error.status} {error.code}")
        return cls(Failure.LATER, type(error).__name__)


def _failure(error: discord.HTTPException) -> Failure:
    if error.status == _TOO_LARGE or error.code == _REQUEST_TOO_LARGE:
        return Failure.TOO_LARGE
    if error.code in _GONE:
        return Failure.GONE
    if error.code in _CLOSED:
        return Failure.CLOSED
    if error.status >= _SERVER_ERRORS or error.status in _TEMPORARY_STATUSES or error.code == _BLOCKED_ON_THE_WAY:
        return Failure.LATER
    # A 403 without a code does not come from Discord itself but from a proxy in front of it, such as Cloudflare.
    if error.status == _FORBIDDEN:
        return Failure.CLOSED if error.code else Failure.LATER
    return Failure.REFUSED


@contextmanager
def send_errors() -> Iterator[None]:
    """Turns the exceptions of discord.py and aiohttp into SendError."""
    try:
        yield
    except DISCORD_ERRORS as error:
        raise SendError.of(error) from None


def mention_only(user_id: int) -> discord.AllowedMentions:
    """Lets a message notify that user and nobody else, whatever its text mentions."""
    return discord.AllowedMentions(everyone=False, roles=False, replied_user=False, users=[discord.Object(user_id)])


def max_post_s(size: int) -> float:
    """Seconds for a message with files of that many bytes: a minute, and what they take at 2 Mbit/s.

    Discord may answer only after 30 s: https://github.com/discord/discord-api-docs/issues/3197
    """
    return _MAX_POST_S + size / _SLOWEST_UPLOAD


async def send(
    channel: discord.abc.Messageable,
    text: str | None = None,
    *,
    view: ui.LayoutView | None = None,
    files: Sequence[discord.File] | None = None,
    mention: int | None = None,
    nonce: str | None = None,
    silent: bool = False,
    short: bool = True,
) -> discord.Message:
    """Post one message that notifies at most the user `mention`. Raises SendError.

    `short` False: without the time limit, for uploads. The same `nonce` (at most 25 characters) within a few minutes
    gives the same message: https://discord.com/developers/docs/resources/message#create-message
    """
    allowed = discord.AllowedMentions.none() if mention is None else mention_only(mention)
    with send_errors():
        async with asyncio.timeout(MAX_SHORT_MESSAGE_S if short else None):
            return await channel.send(  # type: ignore[call-overload,no-any-return]  # text and a LayoutView exclude each other there
                text, view=view, files=files, nonce=nonce, silent=silent, allowed_mentions=allowed
            )


async def edit_card(
    message: discord.PartialMessage, view: ui.LayoutView, files: Sequence[discord.File], *, author_id: int
) -> None:
    """Replace a card and its files. Its author stays mentioned, but an edit notifies nobody. Raises SendError."""
    with send_errors():
        await message.edit(view=view, attachments=files, allowed_mentions=mention_only(author_id))


async def delete_message(client: discord.Client, channel_id: int, message_id: int) -> bool:
    """Delete one of our messages. True: it is gone, perhaps since before. Logs a failure instead of raising it."""
    try:
        with send_errors():
            async with asyncio.timeout(MAX_SHORT_MESSAGE_S):
                await client.get_partial_messageable(channel_id).get_partial_message(message_id).delete()
    except SendError as error:
        if error.failure is not Failure.GONE:
            log.info("a message could not be deleted", message=message_id, error=str(error))
            return False
    return True


async def fitted_files(
    pool: PicturePool, pictures: Mapping[str, bytes], most: int, *, spoiler: bool
) -> list[discord.File]:
    """To be attached, of at most that many bytes each. `pictures`: by the name of the file, without its ending.

    What cannot be read as a picture is left out.
    """
    files = []
    for stem, data in pictures.items():
        try:
            fitted = await pool.fit(data, most)
        except UnreadablePictureError:
            continue
        files.append(discord.File(BytesIO(fitted.data), filename=f"{stem}{fitted.format.extension}", spoiler=spoiler))
    return files
