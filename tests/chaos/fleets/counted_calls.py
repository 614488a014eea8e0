"""A stand-in of Ideogram that refuses no call and notes how many are in flight: who keeps the limit is the bot."""

import time
from itertools import pairwise
from typing import Any

from bot.demo.ideogram_stand_in import IdeogramStandIn

MORE_THAN_EVER = 1_000_000


class CountedCalls(IdeogramStandIn):
    """`history` has the number of calls in flight after each change, with the time by time.monotonic()."""

    def __init__(self, **settings: Any) -> None:
        self.history: list[tuple[float, int]] = []
        super().__init__(**{"max_in_flight": MORE_THAN_EVER, **settings})

    @property
    def in_flight(self) -> int:
        return self.history[-1][1]

    @in_flight.setter
    def in_flight(self, number: int) -> None:
        self.history.append((time.monotonic(), number))

    def full_between(self, limit: int) -> tuple[float, float]:
        """The moment in which `limit` calls were in flight for the first time, and that in which the last one began."""
        full = next((at for at, number in self.history if number >= limit), self.history[0][0])
        last = max(after[0] for before, after in pairwise(self.history) if after[1] > before[1])
        return full, max(full, last)

    def share_in_use(self, limit: int, begin: float, end: float) -> float:
        """How much of `limit` was in use between these moments, on average: 1 is all of it."""
        used, (before, number) = 0.0, (begin, 0)
        for at, now in [*self.history, (end, 0)]:
            if at > begin:
                used += (min(at, end) - max(before, begin)) * number
            before, number = at, now
            if at >= end:
                break
        return used / ((end - begin) * limit) if end > begin else 0.0
