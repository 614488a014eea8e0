"""Which days of UTC and which groups a sum of money is asked for, as somebody types it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

DEFAULT_DAYS = 30
MOST_DAYS = 36_600
_EPOCH = date(1970, 1, 1)


class Grouping(StrEnum):
    """By what is summed up."""

    DAY = "day"
    SERVER = "server"
    PERSON = "person"
    SPEED = "speed"


class UnreadableError(ValueError):
    """What was typed makes no sense. Its text is one sentence for whoever typed it."""


@dataclass(frozen=True, slots=True)
class Days:
    """From the first to the last day, both included."""

    first: date
    last: date

    @property
    def begin(self) -> datetime:
        return datetime.combine(self.first, time(), UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time(), UTC)


def read_days(since: str | None, until: str | None, days: str | None, today: date) -> Days:
    """`since` and `until` are dates; `days` counts back from the last day, which is today if nothing else is said.

    Raises UnreadableError.
    """
    if since is not None and days is not None:
        raise UnreadableError("--since and --days cannot be used together.")
    last = today if until is None else _read_date("--until", until)
    number = DEFAULT_DAYS if days is None else _read_number(days)
    first = _read_date("--since", since) if since is not None else max(last - timedelta(days=number - 1), _EPOCH)
    if until is None:
        last = max(first, last)
    if first > last:
        raise UnreadableError(f"--since {first} is after --until {last}.")
    return Days(first, last)


def read_groupings(words: "list[str]") -> tuple[Grouping, ...]:
    """Each once, in the order in which they are named; by day if none is. Raises UnreadableError."""
    for word in words:
        if word not in set(Grouping):
            raise UnreadableError(f"--by {word} is unknown. There are: {', '.join(Grouping)}.")
    return tuple(map(Grouping, dict.fromkeys(words))) or (Grouping.DAY,)


def _read_date(option: str, text: str) -> date:
    """From 1970 to the year 9998: what is stored begins there, and there is a day after it."""
    try:
        read = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        read = _EPOCH - timedelta(days=1)
    if read < _EPOCH or read.year >= date.max.year:
        raise UnreadableError(f"{option} {text} is no date: write it as 2026-05-31.")
    return read


def _read_number(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MOST_DAYS)) else 0
    if not 1 <= number <= MOST_DAYS:
        raise UnreadableError(f"--days {text} is no number from 1 to {MOST_DAYS}.")
    return number
