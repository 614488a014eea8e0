"""How many images may be in progress at the provider. What is in progress already counts, even if it is too many."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Slots:
    """Given out in the order in which they were asked for; those that become free together go on together."""

    def __init__(self, count: int) -> None:
        self._free = asyncio.Semaphore(count)
        self._too_many = 0

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Waits until there is one."""
        await self._free.acquire()
        try:
            yield
        finally:
            self._give_back()

    @asynccontextmanager
    async def one_that_is_in_use(self) -> AsyncIterator[None]:
        """Does not wait: an earlier process has put something there."""
        if self._free.locked():
            self._too_many += 1
        else:
            await self._free.acquire()
        try:
            yield
        finally:
            self._give_back()

    def _give_back(self) -> None:
        if self._too_many:
            self._too_many -= 1
        else:
            self._free.release()
