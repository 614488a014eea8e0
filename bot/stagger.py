"""Many that could go on at once do so some at a time, so that the event loop sees to everybody else in between."""

import asyncio
from collections import deque


class Stagger:
    """Lets so many tasks go on in a round of the event loop, in the order in which they came."""

    def __init__(self, in_a_round: int) -> None:
        self._in_a_round = in_a_round
        self._passed = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def wait(self) -> None:
        """Returns at once unless many have come in this round."""
        if self._passed < self._in_a_round:
            self._count()
            return
        mine = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        await mine

    def _count(self) -> None:
        if self._passed == 0:
            asyncio.get_running_loop().call_soon(self._begin_round)
        self._passed += 1

    def _begin_round(self) -> None:
        self._passed = 0
        while self._waiting and self._passed < self._in_a_round:
            first = self._waiting.popleft()
            if not first.done():
                first.set_result(None)
                self._count()
