"""Waiting for a state of things instead of for time."""

import asyncio
from collections.abc import Callable


class Watch:
    """Wakes those who wait whenever `changed` is called; each then looks for itself."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def changed(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def wait_for(self, predicate: Callable[[], bool], within_s: float, what: str) -> None:
        """Returns once `predicate` holds. TimeoutError, naming `what`, if it does not within that many seconds."""
        try:
            async with asyncio.timeout(within_s):
                while not predicate():
                    future = asyncio.get_running_loop().create_future()
                    self._waiting.append(future)
                    await future
        except TimeoutError:
            raise TimeoutError(f"{what}: not within {within_s} s") from None
