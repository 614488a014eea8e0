"""Raid mode: for a time, moderators look at the results of new members first, and their cooldown is doubled."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LASTS = timedelta(hours=6)
"""Where the moderator who switches it on names no time. Nobody should have to remember to switch it off."""

LONGEST = timedelta(days=30)
COOLDOWN_TIMES = 2

# https://discord.com/developers/docs/reference#snowflakes
_FIRST_MS = 1_420_070_400_000
_TIME_BITS = 22


@dataclass(frozen=True, slots=True)
class Raid:
    """The raid mode of a server that is on: since when, until when, and by which case. Times are aware UTC.

    It is on until the process that leads has ended it, by its clock alone: others do not compare `until` with theirs.
    """

    at: datetime
    until: datetime
    case_number: int


def account_made_at(user_id: int) -> datetime:
    """When Discord made the account: its id has that time."""
    return datetime.fromtimestamp(((user_id >> _TIME_BITS) + _FIRST_MS) / 1000, UTC)


def is_new(user_id: int, joined_at: datetime | None, new_for: timedelta, now: datetime) -> bool:
    """Whether raid mode is about that member. `joined_at` None: not known, so the age of the account decides."""
    since = [account_made_at(user_id), *([joined_at] if joined_at is not None else [])]
    return any(now - moment < new_for for moment in since)
