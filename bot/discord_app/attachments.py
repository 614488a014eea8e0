"""Reads an attached picture at once, within a size, a time, and a budget of bytes over all reads."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import discord
import structlog

from bot.rules.refusals import Reason, Refused

READ_TIMEOUT_S = 30.0
_BUDGET_TIMEOUT_S = 20.0

log = structlog.get_logger(__name__)


class AttachmentReader:
    """Discord removes a slash command's attachment after a time it does not tell, so the bytes are read first."""

    def __init__(self, *, max_file_bytes: int, budget_bytes: int) -> None:
        self._max_file_bytes = max_file_bytes
        self._free = max(budget_bytes, max_file_bytes)
        self._changed = asyncio.Condition()

    async def read(self, attachment: discord.Attachment) -> bytes | Refused:
        """The bytes, or why not. Size and time are bounded, whatever the sender claims."""
        if attachment.size > self._max_file_bytes:
            return Refused(Reason.PICTURE_TOO_LARGE)
        try:
            async with self._budget(attachment.size), asyncio.timeout(READ_TIMEOUT_S):
                data = await attachment.read()
        except _NoRoomError:
            return Refused(Reason.BOT_BUSY)
        except (discord.HTTPException, aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("an attachment could not be read", error=type(error).__name__)
            return Refused(Reason.PICTURE_NOT_FETCHED)
        return Refused(Reason.PICTURE_TOO_LARGE) if len(data) > self._max_file_bytes else data

    @asynccontextmanager
    async def _budget(self, size: int) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(_BUDGET_TIMEOUT_S), self._changed:
                await self._changed.wait_for(lambda: self._free >= size)
                self._free -= size
        except TimeoutError:
            raise _NoRoomError from None
        try:
            yield
        finally:
            async with self._changed:
                self._free += size
                self._changed.notify_all()


class _NoRoomError(Exception):
    """Other reads have taken the whole budget for too long."""
