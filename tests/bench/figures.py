"""What a measurement brings: one figure, the target it is held against, and what stands beside it."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.counts import Counts
from tests.postgresql_cluster import Cluster


@dataclass(frozen=True, slots=True)
class Target:
    """`at_least` or `at_most`, in the figure's unit."""

    at_most: float | None = None
    at_least: float | None = None

    def met_by(self, value: float) -> bool:
        return (self.at_most is None or value <= self.at_most) and (self.at_least is None or value >= self.at_least)


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table. Without a target it is only told. `broken`: what must never be, and was seen."""

    what: str
    value: float
    unit: str
    target: Target | None = None
    details: Sequence[str] = ()
    broken: str = ""

    @property
    def verdict(self) -> str:
        if self.broken:
            return f"missed: {self.broken}"
        if self.target is None:
            return "told"
        return "met" if self.target.met_by(self.value) else "missed"


@dataclass(frozen=True, slots=True)
class Bench:
    """What every measurement is given.

    `stalls` has the longest stall of each load, by its name, in ms; `ticks` the loop's ticks and how many were late.
    `server`: a PostgreSQL to use instead of one of its own.
    """

    folder: Path
    counts: Counts
    stalls: dict[str, float] = field(default_factory=dict)
    ticks: Counter[str] = field(default_factory=Counter)
    server: Cluster | None = None

    def note_stall(self, load: str, measured: Mapping[str, Any]) -> None:
        self.stalls[load] = max(measured["longest_stall_ms"], self.stalls.get(load, 0.0))
        self.ticks.update({name: measured[name] for name in ("ticks", "late_ticks")})

    def room(self, name: str) -> Path:
        """A new folder."""
        room = self.folder / name
        room.mkdir(parents=True)
        return room


Measure = Callable[[Bench], Awaitable[Sequence[Figure]]]


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many percent are not above."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100).__trunc__() - 1)]


def spread(values: Sequence[float], unit: str = "ms", digits: int = 1) -> str:
    """Median, least and most."""
    middle, least, most = (f"{value:.{digits}f}" for value in (median(values), min(values), max(values)))
    return f"{middle} {unit} ({least} to {most})"
