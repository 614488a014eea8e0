"""Reads the days and groups that are typed after `remix-bot usage`."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from bot.rules.usage_days import Days, Grouping

DEFAULT_DAYS = 30
MOST_DAYS = 36_600
_EPOCH = date(1970, 1, 1)


class UnreadableError(ValueError):
    """An option has a value that makes no sense. The text is one sentence for the person who typed it."""


def read_days(since: str | None, until: str | None, days: str | None, today: date) -> Days:
    """`since` and `until` are dates; `days` counts back from the last day, which is today without `until`.

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


def read_groupings(words: Sequence[str]) -> tuple[Grouping, ...]:
    """Each group once, in the order typed; by day if there is none. Raises UnreadableError."""
    for word in words:
        if word not in set(Grouping):
            raise UnreadableError(f"--by {word} is unknown. Choose from: {', '.join(Grouping)}.")
    return tuple(map(Grouping, dict.fromkeys(words))) or (Grouping.DAY,)


def _read_date(option: str, text: str) -> date:
    try:
        read = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        read = _EPOCH - timedelta(days=1)
    # Nothing is stored before 1970, and `Days.end` needs a day after the last one.
    if read < _EPOCH or read.year >= date.max.year:
        raise UnreadableError(f"{option} {text} is not a date. Write it like 2026-05-31.")
    return read


def _read_number(text: str) -> int:
    # int() refuses texts of more than 4,300 digits with an error of its own, so the length is checked first.
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MOST_DAYS)) else 0
    if not 1 <= number <= MOST_DAYS:
        raise UnreadableError(f"--days {text} is not a number from 1 to {MOST_DAYS}.")
    return number
