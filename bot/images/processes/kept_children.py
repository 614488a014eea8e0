"""Keeps processes for pictures ready, gives each request a deadline, and replaces what has died."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog

from bot.images.processes.children import Child, ChildError
from bot.images.processes.messages import Head

_COUNT = 2
_DEADLINE_S = 30.0
_CPU_S = 20
_MEMORY_BYTES = 512 * 1024 * 1024
_MEMORY_A_PIXEL = 20
"""A WebP of 60 megapixels takes 1,050 MB, which is the most of all formats: 17 bytes a pixel."""
_ASKED_AT_MOST = 500
"""Then a child is replaced, so that nothing can pile up in it."""
_LONGEST_ANSWER = 256 * 1024 * 1024

_Result = TypeVar("_Result")

log = structlog.get_logger(__name__)


class Children:
    """The kept processes. They start with the first picture, or with `start`, and belong to no event loop."""

    def __init__(self, *, max_pixels: int = 60_000_000, count: int = _COUNT) -> None:
        self.count = count
        self.deadline_s = _DEADLINE_S
        self._memory_bytes = _MEMORY_BYTES + _MEMORY_A_PIXEL * max_pixels
        self._idle: list[Child] = []
        self._threads = ThreadPoolExecutor(count, "pictures")

    async def start(self) -> None:
        """The first one. Another starts when pictures come at once: it takes 0.2 s of CPU, and 40 MB from then on."""
        if not self._idle:
            self._idle.append(await self._new())

    async def ask(self, head: Head, body: bytes) -> tuple[Head, bytes]:
        """Raises ChildError, after a second try with a new child if the first one died for another reason."""
        child = self._idle.pop() if self._idle else await self._new()
        try:
            answer = await self._ask(child, head, body)
        except ChildError as error:
            log.warning("a picture process ended", error=str(error), task=head["task"], bytes=len(body))
            if error.too_long:
                raise
            child = await self._new()
            answer = await self._ask(child, head, body)
        if child.asked < _ASKED_AT_MOST:
            self._idle.append(child)
        else:
            await self._run(child.end)
        if "failed" in answer[0]:
            log.error("a picture process failed", task=head["task"], bytes=len(body), trace=answer[0]["failed"])
            raise ChildError(None)
        return answer

    async def _ask(self, child: Child, head: Head, body: bytes) -> tuple[Head, bytes]:
        loop = asyncio.get_running_loop()
        asked = loop.run_in_executor(self._threads, child.ask, head, body, _LONGEST_ANSWER)
        try:
            async with asyncio.timeout(self.deadline_s):
                return await asyncio.shield(asked)
        except TimeoutError:
            child.kill()
            await asyncio.wait([asked])
            asked.exception()
            child.end()
            raise ChildError(None, too_long=True) from None
        except asyncio.CancelledError:
            child.kill()
            asked.add_done_callback(lambda done: done.cancelled() or done.exception())
            # It may have answered just before, and then it has not closed its pipes itself.
            asked.add_done_callback(lambda _: child.end())
            raise

    async def _new(self) -> Child:
        loop = asyncio.get_running_loop()
        started = loop.run_in_executor(self._threads, self._start)
        try:
            return await asyncio.shield(started)
        except asyncio.CancelledError:
            started.add_done_callback(_end_started)
            raise

    def _start(self) -> Child:
        return Child(memory_bytes=self._memory_bytes, cpu_s=_CPU_S)

    async def _run(self, function: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)

    def close(self) -> None:
        """Blocks for milliseconds."""
        for child in self._idle:
            child.end()
        self._idle.clear()
        self._threads.shutdown(wait=False)


def _end_started(started: asyncio.Future[Child]) -> None:
    """Whoever asked for this child is gone."""
    if not started.cancelled() and started.exception() is None:
        started.result().end()
