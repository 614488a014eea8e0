"""When a waiting remix will probably be done."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from statistics import median

from bot.rules.prices import Speed

UNMEASURED_S: Mapping[Speed, float] = {Speed.TURBO: 15.0, Speed.DEFAULT: 30.0, Speed.QUALITY: 60.0}
"""Seconds a generation takes as long as none has been measured. Ideogram publishes no figures."""


def typical_seconds(speed: Speed, measured: Sequence[float]) -> float:
    """The median of the last measured generations of that speed, in seconds."""
    return median(measured) if measured else UNMEASURED_S[speed]


def expected_at(now: datetime, *, ahead: int, running: int, slots: int, seconds: float) -> datetime:
    """When a job with `ahead` jobs before it is done, if each takes `seconds` and `slots` run at once.

    The running ones are taken to be half done.
    """
    free = max(0, slots - running)
    if ahead < free:
        return now + timedelta(seconds=seconds)
    rounds = ceil((ahead - free + 1) / slots)
    return now + timedelta(seconds=seconds * (rounds + 0.5))


def running_until(began: datetime, now: datetime, seconds: float) -> datetime:
    """When a generation that began then is done; one that is overdue will be soon."""
    return max(began + timedelta(seconds=seconds), now + timedelta(seconds=seconds / 4))
