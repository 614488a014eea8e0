"""Downloads an attached picture, with limits for its size, its time and the memory of all pictures together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import discord
import structlog

from bot.discord_app.kit.sending import DISCORD_ERRORS
from bot.rules.refusals import Reason, Refused

# `Attachment.read` has neither a size limit nor a time limit of its own.
READ_TIMEOUT_S = 30.0
# A member who waits longer is told to try again, while the reply's token still has most of its 15 minutes.
_BUDGET_TIMEOUT_S = 20.0

log = structlog.get_logger(__name__)


class AttachmentReader:
    """Reads at once: Discord deletes the attachment of a slash command after a time that it does not document."""

    def __init__(self, *, max_file_bytes: int, budget_bytes: int) -> None:
        self._max_file_bytes = max_file_bytes
        self._free = max(budget_bytes, max_file_bytes)
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def reading(self, attachment: discord.Attachment) -> AsyncIterator[bytes | Refused]:
        """Gives the bytes or a refusal. They count against the budget until the block ends, so store them inside it."""
        size = attachment.size
        if size > self._max_file_bytes:
            yield Refused(Reason.PICTURE_TOO_LARGE)
        elif not await self._take(size):
            yield Refused(Reason.BOT_BUSY)
        else:
            try:
                yield await self._read(attachment)
            finally:
                await self._give_back(size)

    async def _read(self, attachment: discord.Attachment) -> bytes | Refused:
        try:
            async with asyncio.timeout(READ_TIMEOUT_S):
                data = await attachment.read()
        except DISCORD_ERRORS as error:
            log.warning("an attachment could not be read", error=type(error).__name__)
            return Refused(Reason.PICTURE_NOT_FETCHED)
        # `Attachment.read` downloads whatever comes; the size in the interaction is not checked against it.
        return Refused(Reason.PICTURE_TOO_LARGE) if len(data) > self._max_file_bytes else data

    async def _take(self, size: int) -> bool:
        """False: other pictures have filled the budget for too long."""
        try:
            async with asyncio.timeout(_BUDGET_TIMEOUT_S), self._changed:
                await self._changed.wait_for(lambda: self._free >= size)
                self._free -= size
        except TimeoutError:
            return False
        return True

    async def _give_back(self, size: int) -> None:
        async with self._changed:
            self._free += size
            self._changed.notify_all()
