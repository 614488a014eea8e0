"""How many images may be in progress at the provider. What is in progress already counts, even if it is too many."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager


class Slots:
    """Given out in the order in which they were asked for."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._taken = 0
        self._freed = asyncio.Event()
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Waits until there is one."""
        async with self._turn:
            while self._taken >= self._count:
                self._freed.clear()
                await self._freed.wait()
            self._taken += 1
        try:
            yield
        finally:
            self._give_back()

    @contextmanager
    def one_that_is_in_use(self) -> Iterator[None]:
        """Takes it without asking: an earlier process has put something there."""
        self._taken += 1
        try:
            yield
        finally:
            self._give_back()

    def _give_back(self) -> None:
        self._taken -= 1
        self._freed.set()
