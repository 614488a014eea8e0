"""Delays all paid calls for a while after Ideogram has asked for that or could not be reached."""

import asyncio
from datetime import datetime

from bot.use_cases.core import Clock
from bot.waiting import wait_for_event


class Brake:
    """One brake for all slots, because Ideogram limits the calls of a whole organization, not of one job."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: datetime | None = None
        self._pulled_at = clock()
        self._disabled = asyncio.Event()

    def pull(self, until: datetime) -> None:
        """Delay calls until then. An earlier pull that lasts longer stays in force."""
        self._until = max(until, self._until or until)
        self._pulled_at = self._clock()

    def disable(self) -> None:
        """Let every waiting call continue, now and later. The worker is stopping and checks that itself."""
        self._disabled.set()

    async def wait(self) -> None:
        while not self._disabled.is_set() and self._until is not None:
            now = self._clock()
            left = (self._until - now).total_seconds()
            # If it is earlier than the pull, the clock was set back, and the wait would be longer by that much.
            if left <= 0 or now < self._pulled_at:
                self._until = None
                return
            await wait_for_event(self._disabled, left)
