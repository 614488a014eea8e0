"""Limits how many images are in progress at Ideogram at once (IDEOGRAM_MAX_IN_FLIGHT)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Slots:
    """Slots are given in the order in which tasks ask for them.

    Slots that become free together are given out together, so that the next calls begin in one commit.
    """

    def __init__(self, count: int) -> None:
        self._free = asyncio.Semaphore(count)
        self._over_limit = 0

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[None]:
        """Waits for a free slot."""
        await self._free.acquire()
        try:
            yield
        finally:
            self._release()

    @asynccontextmanager
    async def acquire_now(self) -> AsyncIterator[None]:
        """Takes a slot at once, even over the limit: for generations that an earlier process has submitted.

        The operator may have lowered the limit since, but Ideogram counts them all the same.
        """
        if self._free.locked():
            self._over_limit += 1
        else:
            await self._free.acquire()
        try:
            yield
        finally:
            self._release()

    def _release(self) -> None:
        if self._over_limit:
            self._over_limit -= 1
        else:
            self._free.release()
