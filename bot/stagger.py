"""Limits how many waiting tasks resume in one pass of the event loop, so that others can run in between."""

import asyncio
from collections import deque


class Stagger:
    """Lets `per_pass` tasks continue in each pass of the event loop, in the order in which they came."""

    def __init__(self, per_pass: int) -> None:
        self._per_pass = per_pass
        self._passed = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def wait(self) -> None:
        """Returns at once unless `per_pass` tasks have continued in this pass."""
        if self._passed < self._per_pass:
            self._count()
            return
        mine = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        await mine

    def _count(self) -> None:
        if self._passed == 0:
            asyncio.get_running_loop().call_soon(self._begin_pass)
        self._passed += 1

    def _begin_pass(self) -> None:
        self._passed = 0
        while self._waiting and self._passed < self._per_pass:
            first = self._waiting.popleft()
            if not first.done():  # done means that its task was cancelled
                first.set_result(None)
                self._count()
