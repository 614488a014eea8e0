"""Lines up the jobs of one process for slots that several processes share: the first ones ask, the others wait."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from itertools import chain, islice
from math import ceil, inf
from time import monotonic

from bot.storage.engine.databases.process import Process
from bot.use_cases.shared_calls import SharedCalls
from bot.waiting import wait_for_event

_NEWS_AT_MOST_EVERY_S = 0.1
"""Each answer of another process is news, and each look is a transaction."""

_BEYOND_SHARE_S = 0.25
"""A process that has its share of the slots lets the others ask before it. It takes what they leave at four a second,
far more than the answers that it then has to replace: 50 slots of calls of 15 s have 3.3."""


class SharedPlace:
    """In the line until its call begins. Whether it may is decided in the transaction that begins the call."""

    def __init__(self, slots: "SharedSlots", images: int) -> None:
        self._slots = slots
        self.images = images
        self.has_begun = False
        self.woken = asyncio.Event()

    async def wait(self) -> None:
        while True:
            self.woken.clear()
            seconds = self._slots.seconds_left(self)
            if seconds is not None and seconds <= 0:
                self._slots.asks()
                return
            await wait_for_event(self.woken, seconds)

    def began(self) -> None:
        self._slots.begin(self)

    def no_slot(self, seconds: float) -> None:
        self._slots.ask_again(seconds)

    def taken(self) -> None:
        """It is recorded with the answer, for all processes."""

    def refused(self, told: int | None) -> None:
        """It is recorded with the failure, for all processes."""


class SharedSlots:
    """`submits`: how many calls may be on their way to Ideogram.

    `grown`: called when `room` grows, because this process has found more slots free than its share.
    """

    def __init__(self, shared: SharedCalls, process: Process, submits: int, grown: Callable[[], None]) -> None:
        self._shared = shared
        self._process = process
        self._submits = submits
        self._grown = grown
        self.in_flight = 0
        self._calls = 0
        self._refused: deque[SharedPlace] = deque()
        self._waiting: deque[SharedPlace] = deque()
        # By the monotonic clock. `_news_at`: when to ask because of what came since the first one in line last asked.
        self._ask_at = self._asked_at = 0.0
        self._news_at = inf
        self._stopping = False

    @property
    def all_in_flight(self) -> int:
        return max(self.in_flight, self._shared.in_flight)

    @property
    def room(self) -> int:
        """A fair share, and more while other processes do not use theirs."""
        return max(self._share, self._calls)

    @property
    def _has_share(self) -> bool:
        return self._calls >= self._share

    @property
    def _share(self) -> int:
        return ceil(self._shared.limit / max(1, self._process.workers))

    @contextmanager
    def line_up(self, *, first: bool = False, images: int = 1) -> Iterator[SharedPlace]:
        place = SharedPlace(self, images)
        line = self._refused if first else self._waiting
        line.append(place)
        try:
            yield place
        finally:
            if place.has_begun:
                self.in_flight -= place.images
                self._calls -= 1
            else:
                line.remove(place)
                self._wake()

    @asynccontextmanager
    async def acquire_now(self, images: int = 1) -> AsyncIterator[None]:
        self.in_flight += images
        try:
            yield
        finally:
            self.in_flight -= images

    def seconds_left(self, place: SharedPlace) -> float | None:
        """Until that place may ask. None: others are before it."""
        if self._stopping:
            return 0.0
        return self._ask_at - monotonic() if place in self._first else None

    def asks(self) -> None:
        """One of the first in line asks now."""
        self._asked_at, self._news_at = monotonic(), inf

    def begin(self, place: SharedPlace) -> None:
        (self._refused if place in self._refused else self._waiting).remove(place)
        place.has_begun = True
        self.in_flight += place.images
        self._calls += 1
        self._ask_at = monotonic() + (_BEYOND_SHARE_S if self._has_share else 0.0)
        if self._calls > self._share:
            self._grown()
        self._wake()

    def ask_again(self, seconds: float) -> None:
        # A slot may have been let go while it asked.
        self._ask_at = min(monotonic() + seconds, self._news_at)

    def recorded(self) -> None:
        self._hear(monotonic() + (_BEYOND_SHARE_S if self._has_share else 0.0))

    def look(self) -> None:
        self._hear(self._asked_at + (_BEYOND_SHARE_S if self._has_share else _NEWS_AT_MOST_EVERY_S))

    def _hear(self, ask_at: float) -> None:
        self._news_at = min(self._news_at, ask_at)
        self._ask_at = min(self._ask_at, ask_at)
        self._wake()

    def stop(self) -> None:
        self._stopping = True
        for place in (*self._refused, *self._waiting):
            place.woken.set()

    @property
    def _first(self) -> Sequence[SharedPlace]:
        """Those that may ask: as many as the share has room for, so that one transaction begins their calls."""
        at_once = max(1, min(self._submits, self._share - self._calls))
        return list(islice(chain(self._refused, self._waiting), at_once))

    def _wake(self) -> None:
        for place in self._first:
            place.woken.set()
