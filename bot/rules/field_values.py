"""Reads and writes the values of server settings: times, dollars, counts, channels, roles, speeds.

What is written can be read back: commands, forms and files share one notation.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.rules.durations import read_seconds, write_seconds
from bot.rules.others_pictures import OthersPictures
from bot.rules.picture_memory import PictureMemory
from bot.rules.plain_numbers import is_whole
from bot.rules.points import MOST_POINTS, MOST_RUNGS, Ladder, NoLadder, read_ladder, write_ladder
from bot.rules.policies import UNLIMITED, WarningLimit
from bot.rules.policy_problems import Problem, ProblemCode
from bot.rules.prices import Speed, dollars, read_dollars
from bot.rules.words.automod import AutoModUse

Value = (
    int
    | Speed
    | OthersPictures
    | AutoModUse
    | PictureMemory
    | WarningLimit
    | Ladder
    | frozenset[int]
    | frozenset[Speed]
)

RawValue = int | str | Sequence[int] | Sequence[str] | None
"""A value as JSON and the database keep it. None: unset."""

MOST_LISTED = 25
"""Channels or roles in one list: a select menu of Discord takes no more.

https://discord.com/developers/docs/components/reference#string-select
"""
MOST_WARNINGS = 50
_MOST = 1_000_000
_LARGEST_ID = 2**63 - 1
_DAY_S = 86_400
_UNLIMITED = "unlimited"
_NEVER = "none"
_MOST_STRIKES = 100


def _same(raw: Any) -> Any:  # noqa: ANN401 - an int stays an int
    return raw


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """How one sort of value is read and written. `suggestions` are offered while somebody types.

    Two kinds may be written alike and yet belong to different forms, so each equals itself alone. `from_raw` makes the
    value of what JSON and the database keep.
    """

    read: Callable[[str], Value | Problem]
    write: Callable[[Any], str]
    suggestions: tuple[str, ...] = ()
    from_raw: Callable[[Any], Value] = _same
    is_list: bool = False


def to_raw(value: Value | None) -> RawValue:
    """An empty list is unset, so it is None. Lists are sorted, so that equal values are equal as JSON too."""
    match value:
        case None:
            return None
        case frozenset():
            ids_or_speeds: list[Any] = sorted(value)
            return ids_or_speeds or None
        case Speed() | OthersPictures() | AutoModUse() | PictureMemory():
            return value.value
        case WarningLimit():
            return _write_warning_limit(value)
        case Ladder():
            return write_ladder(value)
    return value


def read_time(text: str) -> int | Problem:
    """Seconds: `90`, `30s`, `5m`, `2h`, `7d`, `1h 30m`."""
    seconds = read_seconds(f"{text}s" if is_whole(text.strip()) else text)
    return Problem(ProblemCode.NOT_A_TIME) if seconds is None else seconds


def _read_block_time(text: str) -> int | Problem:
    """Like `read_time`, but 0 seconds block nobody."""
    seconds = read_time(text)
    return Problem(ProblemCode.ZERO_TIME) if seconds == 0 else seconds


# At most nine digits, as everywhere: `int` refuses texts of more than 4,300 digits with a ValueError.
_WARNINGS = re.compile(r"([0-9]{1,9})\s*(?:in|within|/)\s*([0-9][0-9a-z ]{0,30})")
_UNITS = re.compile(r"\s*(week|day|hour|minute|second)s?\b")


def _read_warning_limit(text: str) -> WarningLimit | Problem:
    """`3 in 30d`, also spelled `3 in 30 days`."""
    found = _WARNINGS.fullmatch(text.strip().lower())
    within_s = read_seconds(_UNITS.sub(lambda unit: unit[1][0], found[2])) if found else None
    if not found or not within_s or not 0 < int(found[1]) <= MOST_WARNINGS:
        return Problem(ProblemCode.NOT_A_WARNING_LIMIT, limit=MOST_WARNINGS)
    return WarningLimit(int(found[1]), within_s)


def _write_warning_limit(limit: WarningLimit) -> str:
    return f"{limit.warnings} in {write_seconds(limit.within_s)}"


def _raw_warning_limit(raw: str) -> WarningLimit:
    limit = _read_warning_limit(raw)
    if isinstance(limit, Problem):
        raise ValueError(raw)  # noqa: TRY004 - the text is wrong, not its type
    return limit


def _read_ladder(text: str) -> Ladder | Problem:
    ladder = read_ladder(text)
    if isinstance(ladder, Ladder):
        return ladder
    if not ladder.rung:
        return Problem(ProblemCode.NOT_A_LADDER, limit=MOST_RUNGS)
    return Problem(
        ProblemCode.RUNG_TWICE if ladder.twice else ProblemCode.NOT_A_RUNG, limit=MOST_POINTS, word=ladder.rung
    )


def _raw_ladder(raw: str) -> Ladder:
    ladder = read_ladder(raw)
    if isinstance(ladder, NoLadder):
        raise ValueError(raw)  # noqa: TRY004 - the text is wrong, not its type
    return ladder


def _read_days(text: str) -> int | Problem:
    """A bare number counts days."""
    text = text.strip()
    seconds = read_seconds(f"{text}d" if is_whole(text) else text)
    if not seconds or seconds % _DAY_S:
        return Problem(ProblemCode.NOT_DAYS)
    return seconds // _DAY_S


def _read_count(text: str) -> int | Problem:
    text = text.strip()
    if not is_whole(text) or int(text) > _MOST:
        return Problem(ProblemCode.NOT_A_COUNT, limit=_MOST)
    return int(text)


def _read_quota(text: str) -> int | Problem:
    if text.strip().lower() == _UNLIMITED:
        return UNLIMITED
    count = _read_count(text)
    return Problem(ProblemCode.NOT_A_QUOTA, limit=_UNLIMITED) if isinstance(count, Problem) else count


def _write_quota(count: int) -> str:
    return _UNLIMITED if count >= UNLIMITED else str(count)


def _read_strikes(text: str) -> int | Problem:
    """0 is written `none`: nothing follows, however many there are."""
    text = text.strip().lower()
    if text == _NEVER:
        return 0
    if not is_whole(text) or not 1 <= int(text) <= _MOST_STRIKES:
        return Problem(ProblemCode.NOT_STRIKES, limit=_MOST_STRIKES)
    return int(text)


def _write_strikes(count: int) -> str:
    return str(count) if count else _NEVER


def _read_dollars(text: str) -> int | Problem:
    micros = read_dollars(text)
    return Problem(ProblemCode.NOT_DOLLARS) if micros is None else micros


def _read_channels(text: str) -> frozenset[int] | Problem:
    return _read_ids(text, "<#{}>", ProblemCode.NOT_CHANNELS)


def _read_roles(text: str) -> frozenset[int] | Problem:
    return _read_ids(text, "<@&{}>", ProblemCode.NOT_ROLES)


def _read_ids(text: str, mention: str, otherwise: ProblemCode) -> frozenset[int] | Problem:
    before, after = mention.split("{}")
    parts = [part.removeprefix(before).removesuffix(after) for part in text.replace(",", " ").split()]
    if not parts or not all(map(is_id, parts)):
        return Problem(otherwise)
    ids = frozenset(map(int, parts))
    return Problem(ProblemCode.TOO_MANY_LISTED, limit=MOST_LISTED) if len(ids) > MOST_LISTED else ids


def is_id(text: str) -> bool:
    """Whether it is an id of Discord that fits into the database's signed 64 bits."""
    return re.fullmatch(r"[0-9]{1,19}", text) is not None and 0 < int(text) <= _LARGEST_ID


def _read_channel(text: str) -> int | Problem:
    ids = _read_channels(text)
    if isinstance(ids, Problem) or len(ids) != 1:
        return Problem(ProblemCode.NOT_ONE_CHANNEL)
    return next(iter(ids))


def _write_ids(form: str) -> Callable[[Iterable[int]], str]:
    return lambda ids: ", ".join(form.format(id_) for id_ in sorted(ids))


def _read_speed(text: str) -> Speed | Problem:
    try:
        return Speed(text.strip().upper())
    except ValueError:
        return Problem(ProblemCode.NOT_A_SPEED)


def _read_speeds(text: str) -> frozenset[Speed] | Problem:
    read = [_read_speed(part) for part in text.replace(",", " ").split()]
    speeds = frozenset(speed for speed in read if isinstance(speed, Speed))
    if not read or any(isinstance(speed, Problem) for speed in read):
        return Problem(ProblemCode.NOT_SPEEDS)
    return speeds


def _read_others(text: str) -> OthersPictures | Problem:
    try:
        return OthersPictures(text.strip().lower())
    except ValueError:
        return Problem(ProblemCode.NOT_WHOSE_PICTURES)


def _read_switch(text: str) -> AutoModUse | Problem:
    try:
        return AutoModUse(text.strip().lower())
    except ValueError:
        return Problem(ProblemCode.NOT_ON_OR_OFF)


def _read_memory(text: str) -> PictureMemory | Problem:
    try:
        return PictureMemory(text.strip().lower())
    except ValueError:
        return Problem(ProblemCode.NOT_A_MEMORY)


def _write_speeds(speeds: frozenset[Speed]) -> str:
    return ", ".join(speed.label for speed in Speed if speed in speeds)


def _ids(raw: Iterable[int | str]) -> frozenset[int]:
    return frozenset(map(int, raw))


DURATION = Kind(read_time, write_seconds, ("30s", "1m", "5m", "15m", "1h", "6h", "1d", "7d"))
BLOCK_TIME = Kind(_read_block_time, write_seconds, ("1h", "6h", "12h", "1d", "3d", "7d", "30d"))
WARNING_LIMIT = Kind(
    _read_warning_limit,
    _write_warning_limit,
    ("2 in 7d", "3 in 30d", "5 in 90d"),
    _raw_warning_limit,
)
LADDER = Kind(
    _read_ladder, write_ladder, ("3 warn, 5 block 24h, 8 block", "3 block 24h", "5 warn, 10 block 7d"), _raw_ladder
)
POINTS_TIME = Kind(_read_block_time, write_seconds, ("1d", "7d", "30d", "90d"))
NEWNESS = Kind(_read_block_time, write_seconds, ("1d", "3d", "7d", "14d", "30d"))
REVIEW_TIME = Kind(_read_block_time, write_seconds, ("6h", "1d", "3d", "7d"))
DAYS = Kind(_read_days, "{}d".format, ("1d", "7d", "14d", "30d"))
COUNT = Kind(_read_count, str, ("1", "2", "3", "5", "10"))
RESULTS = Kind(_read_count, str, ("10", "20", "5"))
REPORTS = Kind(_read_strikes, _write_strikes, ("3", "5", "10", _NEVER))
REPORTER_AGE = Kind(_read_block_time, write_seconds, ("1d", "7d", "30d", "90d"))
QUOTA = Kind(_read_quota, _write_quota, ("0", "1", "3", "5", "10", "25", "100", _UNLIMITED))
STRIKES = Kind(_read_strikes, _write_strikes, ("2", "3", "5", "10", _NEVER))
DOLLARS = Kind(_read_dollars, dollars, ("$1.00", "$2.50", "$5.00", "$10.00", "$25.00", "$50.00", "$100.00"))
CHANNELS = Kind(_read_channels, _write_ids("<#{}>"), from_raw=_ids, is_list=True)
CHANNEL = Kind(_read_channel, "<#{}>".format)
ROLES = Kind(_read_roles, _write_ids("<@&{}>"), from_raw=_ids, is_list=True)
OTHERS = Kind(_read_others, lambda others: others.value, tuple(OthersPictures), OthersPictures)
AUTOMOD = Kind(_read_switch, lambda use: use.value, tuple(AutoModUse), AutoModUse)
MEMORY = Kind(_read_memory, lambda memory: memory.value, tuple(PictureMemory), PictureMemory)
SPEED = Kind(_read_speed, lambda speed: speed.label, tuple(speed.label for speed in Speed), Speed)
SPEEDS = Kind(
    _read_speeds,
    _write_speeds,
    ("Turbo", "Default", "Quality", "Turbo, Default", "Default, Quality", "Turbo, Default, Quality"),
    lambda raw: frozenset(map(Speed, raw)),
    is_list=True,
)
