"""Gives out the slots for paid calls: as many as Ideogram takes now, in the order in which jobs lined up."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from bot.rules.in_flight import InFlightLimit


class Place:
    """A job's place in the line for a slot. It becomes the slot itself when the job is first and there is room."""

    def __init__(self, slots: "Slots", images: int) -> None:
        self._slots = slots
        self.images = images
        self.granted = asyncio.get_running_loop().create_future()

    async def wait(self) -> None:
        """Until the slot is this job's."""
        await asyncio.shield(self.granted)

    def taken(self) -> None:
        """Ideogram took the call and answered it."""
        self._slots.limit.taken()

    def refused(self, told: int | None) -> None:
        """Too many are in flight. `told`: the organization's limit, if Ideogram named it."""
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
        self.limit = InFlightLimit(most)
        self.in_flight = 0
        self._refused: deque[Place] = deque()
        self._waiting: deque[Place] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @contextmanager
    def line_up(self, *, first: bool = False, images: int = 1) -> Iterator[Place]:
        """Take a place in the line, and keep the slot until the block ends. Await `wait` for the slot.

        `first`: before all others, for a job that was refused a slot. Jobs line up before their source is read, so that
        a large picture does not cost them their turn.
        """
        place = Place(self, images)
        (self._refused if first else self._waiting).append(place)
        self._give_out()
        try:
            yield place
        finally:
            place.leave()

    @asynccontextmanager
    async def acquire_now(self, images: int = 1) -> AsyncIterator[None]:
        """Count a generation that an earlier process submitted, even if that makes more than there are slots."""
        self.in_flight += images
        try:
            yield
        finally:
            self.give_back(images)

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
