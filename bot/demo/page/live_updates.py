"""Keeps the page up to date without letting it take the event loop from the bot."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

_TOGETHER_S = 0.1
_SHARE = 4

log = structlog.get_logger(__name__)


class LiveUpdates:
    """Publishing blocks the loop, so what happens together is published once, and a pause follows that is longer."""

    def __init__(self, publish: Callable[[], Awaitable[None]]) -> None:
        self._publish = publish
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something has changed or is about to. Returns at once."""
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._woken.wait()
            await asyncio.sleep(_TOGETHER_S)
            self._woken.clear()
            began = time.monotonic()
            try:
                await self._publish()
            except Exception:  # one sight that cannot be shown must not end all later ones
                log.exception("the page could not be brought up to date")
            await asyncio.sleep((time.monotonic() - began) * (_SHARE - 1))
