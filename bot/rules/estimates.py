"""Estimates when a waiting or running remix will be ready."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from statistics import median

from bot.rules.prices import Speed

UNMEASURED_S: Mapping[Speed, float] = {Speed.TURBO: 15.0, Speed.DEFAULT: 30.0, Speed.QUALITY: 60.0}
"""Seconds per generation until we have measured one.

Ideogram publishes no figures. Users report about 15 s for Turbo, and 10 to 120 s in all.
"""


def typical_seconds(speed: Speed, measured: Sequence[float]) -> float:
    """The median of the latest measured generations at that speed, in seconds."""
    return median(measured) if measured else UNMEASURED_S[speed]


def expected_at(now: datetime, *, ahead: int, running: int, slots: int, seconds: float) -> datetime:
    """When a job with `ahead` jobs before it will be ready, if each job takes `seconds` and `slots` run at once."""
    free = max(0, slots - running)
    if ahead < free:
        return now + timedelta(seconds=seconds)
    rounds = ceil((ahead - free + 1) / slots)
    # The jobs that run now are half done on average, hence half a round for them.
    return now + timedelta(seconds=seconds * (rounds + 0.5))


def running_until(began: datetime, now: datetime, seconds: float) -> datetime:
    """When a running generation will be ready. An overdue one always has a quarter of the usual time left."""
    return max(began + timedelta(seconds=seconds), now + timedelta(seconds=seconds / 4))
