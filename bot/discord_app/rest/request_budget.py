"""Holds requests back that Discord's limit for the whole bot has no room for: those of results go first."""

import asyncio
import heapq
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import IntEnum
from itertools import count
from types import SimpleNamespace

import aiohttp
from discord.http import Route
from yarl import URL

from bot.rules.request_shares import PER_SECOND

_WINDOW_S = 1.0
# Each tenth goes to the one that waits longest, or a bot that only ever posts results would write no log.
_TURN_OF_THE_OLDEST = 10
# Interaction endpoints do not count, and people wait for them:
# https://discord.com/developers/docs/interactions/receiving-and-responding#endpoints
_FREE = re.compile(r"/(interactions|webhooks)/[0-9]+/[^/]+")


class Urgency(IntEnum):
    """The smaller goes first."""

    RESULT = 0
    PERSON = 1
    """Somebody has asked for it, or it has to be known before a paid call."""
    BACKGROUND = 2


_urgency: ContextVar[Urgency] = ContextVar("urgency", default=Urgency.PERSON)


@contextmanager
def requests_are(urgency: Urgency) -> Iterator[None]:
    """For the requests of this task until the block ends."""
    token = _urgency.set(urgency)
    try:
        yield
    finally:
        _urgency.reset(token)


class RequestBudget:
    """At most `share()` requests leave in any second. Below that nothing waits.

    `now` and `call_later`: a clock in seconds, and what calls a function after so many.
    """

    def __init__(
        self,
        share: Callable[[], int] = lambda: PER_SECOND,
        now: Callable[[], float] = time.monotonic,
        call_later: Callable[[float, Callable[[], None]], object] | None = None,
    ) -> None:
        self.share = share
        self._now = now
        self._call_later = call_later
        self._left_at: deque[float] = deque()
        self._waiting: list[tuple[Urgency, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._is_timed = False
        self._admitted = 0
        self._reported = (0, now())

    async def before_request(
        self, _session: aiohttp.ClientSession, _context: SimpleNamespace, start: aiohttp.TraceRequestStartParams
    ) -> None:
        """Aiohttp calls and awaits it before each attempt, also those that discord.py repeats."""
        if _counts(start.url):
            await self.admit()

    async def admit(self) -> None:
        """Returns when a request can leave."""
        if not self._waiting and self._room() > 0:
            self._leave()
            return
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (_urgency.get(), next(self._numbers), future))
        self._time_next()
        try:
            await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                # It was let go in the same moment and will not be sent: the next one has its place.
                self._admitted -= 1
                if self._left_at:
                    self._left_at.pop()
            self._let_go()
            raise

    def wanted_per_s(self) -> int:
        """How many requests a second were wanted since the last time it was asked. From any thread."""
        (admitted, at), now = self._reported, self._now()
        self._reported = self._admitted, now
        return round((self._admitted - admitted) / max(now - at, _WINDOW_S)) + len(self._waiting)

    def _room(self) -> int:
        over = self._now() - _WINDOW_S
        while self._left_at and self._left_at[0] <= over:
            self._left_at.popleft()
        return max(1, self.share()) - len(self._left_at)

    def _leave(self) -> None:
        self._left_at.append(self._now())
        self._admitted += 1

    def _let_go(self) -> None:
        """Let those go that there is room for, and come back for the others."""
        while self._waiting and self._room() > 0:
            future = self._take()
            if not future.done():
                self._leave()
                future.set_result(None)
        if self._waiting:
            self._time_next()

    def _take(self) -> "asyncio.Future[None]":
        if self._admitted % _TURN_OF_THE_OLDEST:
            return heapq.heappop(self._waiting)[2]
        oldest = min(self._waiting, key=lambda each: each[1])
        self._waiting.remove(oldest)
        heapq.heapify(self._waiting)
        return oldest[2]

    def _time_next(self) -> None:
        if self._is_timed:
            return
        self._is_timed = True
        call_later = self._call_later or asyncio.get_running_loop().call_later
        wait_s = self._left_at[0] + _WINDOW_S - self._now() if self._left_at else 0.0
        call_later(max(0.0, wait_s), self._on_time)

    def _on_time(self) -> None:
        self._is_timed = False
        self._let_go()


def _counts(url: URL) -> bool:
    """Not the websocket, nor a file."""
    return str(url).startswith(Route.BASE) and _FREE.search(url.path) is None
