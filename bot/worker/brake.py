"""Holds every paid call back for a while, after the provider has asked for it or could not be reached."""

import asyncio
from datetime import datetime

from bot.use_cases.core import Clock


class Brake:
    """One for all slots: the provider's limit counts over the whole account."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: datetime | None = None
        self._pulled_at = clock()
        self._let_go = asyncio.Event()

    def pull(self, until: datetime) -> None:
        """Hold back until then, or longer where it was pulled for longer."""
        self._until = max(until, self._until or until)
        self._pulled_at = self._clock()

    def let_go(self) -> None:
        """Everybody may go on, for good: the worker is stopping."""
        self._let_go.set()

    async def wait(self) -> None:
        """Until nobody is held back."""
        while not self._let_go.is_set() and self._until is not None:
            now = self._clock()
            left = (self._until - now).total_seconds()
            # Before it was pulled: the clock was set back, and it would hold for as long as that.
            if left <= 0 or now < self._pulled_at:
                self._until = None
                return
            await wait_for_event(self._let_go, left)


async def wait_for_event(event: asyncio.Event, seconds: float | None) -> None:
    """Until the event is set or the time is over."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
