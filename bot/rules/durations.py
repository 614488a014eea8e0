"""Reads and writes durations such as `30s`, `5m`, `24h`, `7d` and `1d 12h`."""

import re
from datetime import timedelta

_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
# At most nine digits: `int` refuses texts of more than 4,300 digits with a ValueError.
_WHOLE = re.compile(r"(?:[0-9]{1,9}[wdhms])+")
_PART = re.compile(r"([0-9]+)([wdhms])")

_LONGEST_TEXT = 100

LONGEST = timedelta(days=366)


def read_seconds(text: str) -> int | None:
    """None if it is not a duration or is longer than a year. `0s` is allowed."""
    if len(text) > _LONGEST_TEXT:
        return None
    bare = "".join(text.lower().split())
    if not _WHOLE.fullmatch(bare):
        return None
    seconds = sum(int(count) * _SECONDS[unit] for count, unit in _PART.findall(bare))
    return seconds if seconds <= LONGEST.total_seconds() else None


def read_duration(text: str) -> timedelta | None:
    """Like `read_seconds`, but None for `0s` too."""
    seconds = read_seconds(text)
    return timedelta(seconds=seconds) if seconds else None


def write_seconds(seconds: int) -> str:
    """`read_seconds` reads the result back."""
    parts = []
    for unit, length in list(_SECONDS.items())[1:]:  # without weeks: people read 30d more easily than 4w 2d
        count, seconds = divmod(seconds, length)
        parts += [f"{count}{unit}"] if count else []
    return " ".join(parts) or "0s"
