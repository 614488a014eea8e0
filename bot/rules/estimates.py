"""Estimates when a waiting or running remix will be ready, and says when there is nothing to go by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from statistics import median

from bot.rules.prices import Speed

GUESSED_S: Mapping[Speed, float] = {Speed.TURBO: 15.0, Speed.DEFAULT: 30.0, Speed.QUALITY: 60.0}
"""Seconds per generation. Only the ratios and the order of magnitude are used.

Ideogram publishes no figures. Users report about 15 s for Turbo, and 10 to 120 s in all.
"""

_LATE_AFTER = 1.5
"""Times the usual duration. Half of all remixes take longer than the median, so that alone is not late."""
_LATE_AFTER_S = 5.0
_UNMEASURED_IS_LATE_AFTER = 2.0
_SOON_S = 1.0


class Readiness(StrEnum):
    """How much is known. `UNMEASURED`: nothing has been made yet, so any time would be made up."""

    EXPECTED = "expected"
    SOON = "soon"
    LATE = "late"
    UNMEASURED = "unmeasured"


@dataclass(frozen=True, slots=True)
class Estimate:
    """`at` is given with EXPECTED alone, and always in the future."""

    readiness: Readiness
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Usual:
    """How long a generation usually takes. `seconds` None: nothing was measured."""

    seconds: float | None
    late_after_s: float

    @classmethod
    def of(cls, speed: Speed, measured: Mapping[Speed, Sequence[float]]) -> "Usual":
        """The median at this speed, else that of another speed in proportion. `measured`: seconds, by speed."""
        for known in (speed, *Speed):
            if measured.get(known):
                seconds = median(measured[known]) * GUESSED_S[speed] / GUESSED_S[known]
                return cls(seconds, max(seconds * _LATE_AFTER, seconds + _LATE_AFTER_S))
        return cls(None, GUESSED_S[speed] * _UNMEASURED_IS_LATE_AFTER)

    def is_late(self, began: datetime, now: datetime) -> bool:
        return (now - began).total_seconds() > self.late_after_s


def queued(begin: datetime, *, ahead: int, running: int, slots: int, usual: Usual) -> Estimate:
    """For a job with `ahead` jobs before it, if each takes as long and `slots` run at once."""
    if usual.seconds is None:
        return Estimate(Readiness.UNMEASURED)
    free = max(0, slots - running)
    # The jobs that run now are half done on average, hence half a round for them.
    rounds = 1.0 if ahead < free else ceil((ahead - free + 1) / slots) + 0.5
    return Estimate(Readiness.EXPECTED, begin + timedelta(seconds=usual.seconds * rounds))


def running(began: datetime, now: datetime, usual: Usual) -> Estimate:
    """For a generation that began then."""
    if usual.is_late(began, now):
        return Estimate(Readiness.LATE)
    if usual.seconds is None:
        return Estimate(Readiness.UNMEASURED)
    ready_at = began + timedelta(seconds=usual.seconds)
    if ready_at <= now + timedelta(seconds=_SOON_S):
        return Estimate(Readiness.SOON)
    return Estimate(Readiness.EXPECTED, ready_at)
