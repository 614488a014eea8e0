"""Finds out how many paid calls may run at once, from what Ideogram refuses and what it takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SETTLED_AFTER_S = 0.25
"""A refusal is answered at once, without a picture being made. A call that is not refused by then was taken."""

_EARNED_PER_CALL = 0.095
"""So that at most one call in ten is refused."""
_MOST_EARNED = 1.5
_LEAST_EARNED = -1.0
FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 5.0


@dataclass(slots=True)
class InFlightLimit:
    """Ideogram's limit counts images of the whole organization, so others may use a part of it at any time.

    A refusal lowers `limit` to the calls that were running then. From time to time one call more is tried; when it is
    taken, two more follow, then four. Times are seconds of a clock that only goes forward.
    """

    most: int
    limit: int = field(init=False)
    _told: int = field(init=False)
    _earned: float = field(default=1.0, init=False)
    _step: int = field(default=1, init=False)
    _probing_since: float | None = field(default=None, init=False)
    _wait_until: float = field(default=0.0, init=False)
    _wait_s: float = field(default_factory=lambda: FIRST_WAIT_S, init=False)

    def __post_init__(self) -> None:
        self.limit = self._told = self.most

    def room(self, in_flight: int, now: float) -> int:
        """How many calls may begin now."""
        self._settle(in_flight, now)
        if now < self._wait_until:
            return 0
        if in_flight < self.limit:
            return self.limit - in_flight
        if self._probing_since is not None or self._earned < 1:
            return 0
        return max(0, min(self._step, self._told - in_flight))

    def look_again_at(self, now: float) -> float | None:
        """When there may be room without a call having ended; None: not before one ends."""
        if now < self._wait_until:
            return self._wait_until
        return None if self._probing_since is None else self._probing_since + SETTLED_AFTER_S

    def began(self, in_flight: int, now: float) -> None:
        """`in_flight` counts the call that has just begun."""
        if in_flight > self.limit and self._probing_since is None:
            self._probing_since = now

    def taken(self) -> None:
        """A call was answered, whatever the answer said."""
        self._earned = min(_MOST_EARNED, self._earned + _EARNED_PER_CALL)
        self._wait_s = FIRST_WAIT_S

    def refused(self, others: int, now: float, told: int | None = None) -> None:
        """Too many are in flight. `others`: our own calls that go on. `told`: the limit, if Ideogram named it."""
        if told is not None:
            self._told = max(1, min(self.most, told))
        self.limit = max(1, min(others, self._told))
        self._step, self._probing_since = 1, None
        self._earned = max(_LEAST_EARNED, self._earned - 1)
        if others == 0:
            # Somebody else uses every slot, so none of our calls will end and make room.
            self._wait_until = now + self._wait_s
            self._wait_s = min(_LONGEST_WAIT_S, self._wait_s * 2)

    def as_json(self) -> Mapping[str, object]:
        return {
            "most": self.most,
            "limit": self.limit,
            "told": self._told,
            "earned": self._earned,
            "step": self._step,
            "probing_since": self._probing_since,
            "wait_until": self._wait_until,
            "wait_s": self._wait_s,
        }

    @classmethod
    def from_json(cls, state: Mapping[str, Any], most: int) -> "InFlightLimit":
        """`most` may have changed. Where it has grown, what was found out below it says nothing about the rest."""
        restored = cls(most)
        if most <= state["most"]:
            restored.limit, restored._told = min(most, state["limit"]), min(most, state["told"])
        restored._earned, restored._step, restored._wait_s = state["earned"], state["step"], state["wait_s"]
        restored._probing_since, restored._wait_until = state["probing_since"], state["wait_until"]
        return restored

    def begin_time_again(self, now: float) -> None:
        """After the clock was set back: what runs out, runs out later than it should have by no more than its time."""
        if self._probing_since is not None:
            self._probing_since = now
        self._wait_until = min(self._wait_until, now + self._wait_s)

    def _settle(self, in_flight: int, now: float) -> None:
        if self._probing_since is not None and now - self._probing_since >= SETTLED_AFTER_S:
            self.limit = max(self.limit, in_flight)
            self._step = min(self._step * 2, self.most)
            self._probing_since = None
