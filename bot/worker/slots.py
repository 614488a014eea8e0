"""Gives out the slots for paid calls: as many as Ideogram takes now, in the order in which jobs lined up."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from typing import Protocol

from bot.rules.in_flight import InFlightLimit


class CallPlace(Protocol):
    """A job's place in the line for a slot."""

    async def wait(self) -> None:
        """Until it is this job's turn to begin its call."""

    def began(self) -> None:
        """The beginning of the call is on record."""

    def no_slot(self, seconds: float) -> None:
        """The call may not begin now. It goes first in line; `wait` for its next turn, after so many seconds."""

    def taken(self) -> None:
        """Ideogram took the call and answered it."""

    def refused(self, told: int | None) -> None:
        """Too many are in flight. `told`: the organization's limit, if Ideogram named it."""


class CallSlots(Protocol):
    """The slots as the worker uses them. `Slots` has those of one process, `SharedSlots` those of several.

    `in_flight`: images of this process's calls; `all_in_flight`: of those of all. `room`: how many jobs to work on at
    once, without those that are read ahead.
    """

    @property
    def in_flight(self) -> int: ...
    @property
    def all_in_flight(self) -> int: ...
    @property
    def room(self) -> int: ...

    def line_up(self, *, first: bool = False, images: int = 1) -> AbstractContextManager[CallPlace]:
        """Take a place in the line, and keep the slot until the block ends.

        `first`: before all others, for a job that was refused a slot. Jobs line up before their source is read, so that
        a large picture does not cost them their turn.
        """

    def acquire_now(self, images: int = 1) -> AbstractAsyncContextManager[None]:
        """Count a generation that an earlier process submitted, even if that makes more than there are slots."""

    def recorded(self) -> None:
        """How a call of this process has ended is on record."""

    def look(self) -> None:
        """Another process may have let a slot go."""

    def stop(self) -> None:
        """Let nobody wait any more. The worker begins no call after that."""


class Place:
    """A job's place in the line for a slot. It becomes the slot itself when the job is first and there is room."""

    def __init__(self, slots: "Slots", images: int) -> None:
        self._slots = slots
        self.images = images
        self.granted = asyncio.get_running_loop().create_future()

    async def wait(self) -> None:
        """Until the slot is this job's."""
        await asyncio.shield(self.granted)

    def began(self) -> None:
        """It has been counted since its turn came."""

    def no_slot(self, seconds: float) -> None:  # noqa: ARG002 - see CallPlace
        raise AssertionError("in one process, a job whose turn has come has a slot")

    def taken(self) -> None:
        self._slots.limit.taken()

    def refused(self, told: int | None) -> None:
        self._slots.limit.refused(self._slots.in_flight - self.images, time.monotonic(), told)

    def leave(self) -> None:
        """Give the slot back, or leave the line."""
        if self.granted.done():
            self._slots.give_back(self.images)
        else:
            self.granted.cancel()


class Slots:
    """What is in progress already counts, even if it is more than there are slots.

    A call takes as many slots as it makes images, because that is what Ideogram's limit counts.
    """

    def __init__(self, most: int) -> None:
        self.room = most
        self.limit = InFlightLimit(most)
        self.in_flight = 0
        self._refused: deque[Place] = deque()
        self._waiting: deque[Place] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def all_in_flight(self) -> int:
        return self.in_flight

    @contextmanager
    def line_up(self, *, first: bool = False, images: int = 1) -> Iterator[Place]:
        place = Place(self, images)
        (self._refused if first else self._waiting).append(place)
        self._give_out()
        try:
            yield place
        finally:
            place.leave()

    @asynccontextmanager
    async def acquire_now(self, images: int = 1) -> AsyncIterator[None]:
        self.in_flight += images
        try:
            yield
        finally:
            self.give_back(images)

    def recorded(self) -> None:
        """The slot was free before that, so that the next call begins while the answer is recorded."""

    def look(self) -> None:
        """There is no other process."""

    def stop(self) -> None:
        """Those that wait go on as slots become free, and then find that the worker has stopped."""

    def give_back(self, images: int = 1) -> None:
        self.in_flight -= images
        self._give_out()

    def _give_out(self) -> None:
        now = time.monotonic()
        room = self.limit.room(self.in_flight, now)
        while room > 0 and (line := self._refused or self._waiting):
            place = line[0]
            # One that needs more than there is waits, and all behind it, or single images would always overtake it.
            # Alone it may go over the limit that was found out: nothing that ends could make more room.
            if not place.granted.cancelled() and place.images > room and self.in_flight:
                break
            line.popleft()
            if place.granted.cancelled():
                continue
            place.granted.set_result(None)
            self.in_flight += place.images
            self.limit.began(self.in_flight, now)
            room -= place.images
        self._look_again(now)

    def _look_again(self, now: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        again = self.limit.look_again_at(now)
        if again is not None and (self._refused or self._waiting):
            self._timer = asyncio.get_running_loop().call_later(max(0.0, again - now), self._give_out)
