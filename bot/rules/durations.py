"""Reads and writes durations such as `30s`, `5m`, `24h`, `7d` and `1d 12h`, and spells them out."""

import re
from datetime import timedelta

_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_WORDS = {"d": "day", "h": "hour", "m": "minute", "s": "second"}
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
    """As one types it: `1d 12h`. `read_seconds` reads it back."""
    return " ".join(f"{count}{unit}" for count, unit in _parts(seconds)) or "0s"


def spell_seconds(seconds: int) -> str:
    """For sentences: `1 day 12 hours`."""
    return " ".join(f"{count} {_WORDS[unit]}{'s' * (count > 1)}" for count, unit in _parts(seconds)) or "0 seconds"


def _parts(seconds: int) -> list[tuple[int, str]]:
    parts = []
    for unit in _WORDS:  # without weeks: people read 30d more easily than 4w 2d
        count, seconds = divmod(seconds, _SECONDS[unit])
        parts += [(count, unit)] if count else []
    return parts
