"""Keeps the page up to date without slowing down the bot in the same event loop."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

_BATCH_S = 0.1
# Publishing may take at most a quarter of the event loop's time.
_SHARE = 4

log = structlog.get_logger(__name__)


class LiveUpdates:
    """Publishing blocks the event loop, so changes are published in batches, with a pause three times as long."""

    def __init__(self, publish: Callable[[], Awaitable[None]]) -> None:
        self._publish = publish
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Call it when something has changed or is about to. Returns at once."""
        self._woken.set()

    async def run(self) -> None:
        """Runs until cancelled."""
        while True:
            await self._woken.wait()
            # Cleared after the pause, so that whatever happens during it is in this update.
            await asyncio.sleep(_BATCH_S)
            self._woken.clear()
            began = time.monotonic()
            try:
                await self._publish()
            except Exception:  # one update that fails must not end all later ones
                log.exception("cannot update the page")
            await asyncio.sleep((time.monotonic() - began) * (_SHARE - 1))
