"""Reads the lengths of time that moderators type: `30m`, `24h`, `7d`, `1d12h`."""

import re
from datetime import timedelta

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_WHOLE = re.compile(r"(?:[0-9]{1,5}[mhdw])+")
_PART = re.compile(r"([0-9]+)([mhdw])")

LONGEST = timedelta(days=366)


def read_duration(text: str) -> timedelta | None:
    """None where it is none, is nothing, or is longer than a year."""
    bare = "".join(text.lower().split())
    if not _WHOLE.fullmatch(bare):
        return None
    length = sum((timedelta(**{_UNITS[unit]: int(n)}) for n, unit in _PART.findall(bare)), timedelta())
    return length if timedelta() < length <= LONGEST else None
