"""The days and the groups that a usage report sums up."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum


class Grouping(StrEnum):
    """What the rows of a report stand for."""

    DAY = "day"
    SERVER = "server"
    PERSON = "person"
    SPEED = "speed"


@dataclass(frozen=True, slots=True)
class Days:
    """From the first to the last day (UTC), both included."""

    first: date
    last: date

    @property
    def begin(self) -> datetime:
        return datetime.combine(self.first, time(), UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time(), UTC)
