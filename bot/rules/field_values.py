"""Values of a server's settings as people type and read them: times, dollars, counts, channels, roles, speeds.

What is written can be read back: commands, forms, cases and files share one spelling.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from bot.rules.durations import read_seconds, write_seconds
from bot.rules.policies import UNLIMITED
from bot.rules.prices import Speed, dollars, read_dollars

Value = int | Speed | frozenset[int] | frozenset[Speed]

MOST_LISTED = 25
"""Channels or roles in one list: as many as a menu of Discord takes."""
_MOST = 1_000_000
_LARGEST_ID = 2**63 - 1
_DAY_S = 86_400
_UNLIMITED = "unlimited"


@dataclass(frozen=True, slots=True)
class Wrong:
    """What was typed is no such value or is not allowed. `why` ends the sentence `NAME ...` and repeats no words."""

    why: str


@dataclass(frozen=True, slots=True)
class Kind:
    """How one sort of value is read and written. `suggestions` are offered while somebody types."""

    read: Callable[[str], Value | Wrong]
    write: Callable[[Any], str]
    suggestions: tuple[str, ...] = ()


def read_time(text: str) -> int | Wrong:
    """Seconds: `90`, `30s`, `5m`, `2h`, `7d`, `1h 30m`."""
    seconds = read_seconds(f"{text}s" if _is_number(text.strip()) else text)
    return (
        Wrong("must be a time such as `90`, `30s`, `5m`, `2h` or `7d`, a year at most") if seconds is None else seconds
    )


def _read_days(text: str) -> int | Wrong:
    """A bare number counts days."""
    text = text.strip()
    seconds = read_seconds(f"{text}d" if _is_number(text) else text)
    if not seconds or seconds % _DAY_S:
        return Wrong("must be whole days such as `7d`, a year at most")
    return seconds // _DAY_S


def _read_count(text: str) -> int | Wrong:
    text = text.strip()
    if not _is_number(text) or int(text) > _MOST:
        return Wrong(f"must be a whole number from 0 to {_MOST}")
    return int(text)


def _read_quota(text: str) -> int | Wrong:
    if text.strip().lower() == _UNLIMITED:
        return UNLIMITED
    return Wrong(f"must be a whole number or `{_UNLIMITED}`") if isinstance(_read_count(text), Wrong) else int(text)


def _write_quota(count: int) -> str:
    return _UNLIMITED if count >= UNLIMITED else str(count)


def _read_dollars(text: str) -> int | Wrong:
    micros = read_dollars(text)
    return Wrong("must be dollars above 0, such as `5` or `2.50`") if micros is None else micros


def _read_channels(text: str) -> frozenset[int] | Wrong:
    return _read_ids(text, "<#{}>", "channels")


def _read_roles(text: str) -> frozenset[int] | Wrong:
    return _read_ids(text, "<@&{}>", "roles")


def _read_ids(text: str, mention: str, what: str) -> frozenset[int] | Wrong:
    before, after = mention.split("{}")
    parts = [part.removeprefix(before).removesuffix(after) for part in text.replace(",", " ").split()]
    if not parts or not all(map(is_id, parts)):
        return Wrong(f"must be {what}, mentioned or by id, with commas between them")
    ids = frozenset(map(int, parts))
    return Wrong(f"may have {MOST_LISTED} {what} at most") if len(ids) > MOST_LISTED else ids


def is_id(text: str) -> bool:
    """Of Discord, as the database can keep it."""
    return re.fullmatch(r"[0-9]{1,19}", text) is not None and 0 < int(text) <= _LARGEST_ID


def _read_channel(text: str) -> int | Wrong:
    ids = _read_channels(text)
    if isinstance(ids, Wrong) or len(ids) != 1:
        return Wrong("must be one channel, mentioned or by id")
    return next(iter(ids))


def _write_ids(form: str) -> Callable[[Iterable[int]], str]:
    return lambda ids: ", ".join(form.format(each) for each in sorted(ids))


def _read_speed(text: str) -> Speed | Wrong:
    try:
        return Speed(text.strip().upper())
    except ValueError:
        return Wrong(f"must be {', '.join(speed.label for speed in Speed)}")


def _read_speeds(text: str) -> frozenset[Speed] | Wrong:
    read = [_read_speed(part) for part in text.replace(",", " ").split()]
    speeds = frozenset(speed for speed in read if not isinstance(speed, Wrong))
    if not read or any(isinstance(speed, Wrong) for speed in read):
        return Wrong(f"must be some of {', '.join(speed.label for speed in Speed)}, with commas between them")
    return speeds


def _write_speeds(speeds: frozenset[Speed]) -> str:
    return ", ".join(speed.label for speed in Speed if speed in speeds)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,9}", text) is not None


DURATION = Kind(read_time, write_seconds, ("30s", "1m", "5m", "15m", "1h", "6h", "1d", "7d"))
DAYS = Kind(_read_days, "{}d".format, ("1d", "7d", "14d", "30d"))
COUNT = Kind(_read_count, str, ("1", "2", "3", "5", "10"))
QUOTA = Kind(_read_quota, _write_quota, ("0", "1", "3", "5", "10", "25", "100", _UNLIMITED))
DOLLARS = Kind(_read_dollars, dollars, ("$1.00", "$2.50", "$5.00", "$10.00", "$25.00", "$50.00", "$100.00"))
CHANNELS = Kind(_read_channels, _write_ids("<#{}>"))
CHANNEL = Kind(_read_channel, "<#{}>".format)
ROLES = Kind(_read_roles, _write_ids("<@&{}>"))
SPEED = Kind(_read_speed, lambda speed: speed.label, tuple(speed.label for speed in Speed))
SPEEDS = Kind(
    _read_speeds,
    _write_speeds,
    ("Turbo", "Default", "Quality", "Turbo, Default", "Default, Quality", "Turbo, Default, Quality"),
)
