"""Records who was refused by a rule of a server, where, when and why. It never stores the prompt."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.log_kinds import FOLD_WINDOW, LogKind, minute_of
from bot.rules.refusals import Reason
from bot.storage.engine.tables.moderation import refusals
from bot.storage.server_log import log_entries

_DELETED_AT_ONCE = 100
_COLUMNS = tuple(refusals.c[name] for name in ("id", "guild_id", "channel_id", "user_id", "at", "reason"))


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row of `refusals`."""

    id: int
    guild_id: int
    channel_id: int
    user_id: int
    at: datetime
    reason: Reason


def add(connection: Connection, guild_id: int, channel_id: int, user_id: int, reason: Reason, now: datetime) -> int:
    """Record a refusal and return its number."""
    # The log channel shows the first refusal of a minute at once, and the repeats as one entry when the minute is over.
    # Someone who presses "Again" twenty times would otherwise fill the channel.
    earlier = connection.execute(_same(guild_id, user_id, reason, now).limit(2)).all()
    row = {"guild_id": guild_id, "channel_id": channel_id, "user_id": user_id, "reason": reason, "at": now}
    number: int = connection.execute(sa.insert(refusals).values(row).returning(refusals.c.id)).scalar_one()
    if not earlier:
        log_entries.add(connection, guild_id, LogKind.REFUSAL, now, subject=number)
    elif len(earlier) == 1:
        over = minute_of(now) + FOLD_WINDOW
        log_entries.add(connection, guild_id, LogKind.REPEATS, now, subject=earlier[0].id, due_at=over)
    return number


def find(connection: Connection, number: int) -> Refusal | None:
    row = connection.execute(sa.select(*_COLUMNS).where(refusals.c.id == number)).mappings().first()
    return Refusal(**{**row, "reason": Reason(row["reason"])}) if row else None


def count_repeats(connection: Connection, first: Refusal) -> int:
    """How often the person was refused again for the same reason in the same minute."""
    same = _same(first.guild_id, first.user_id, first.reason, first.at).subquery()
    return (connection.scalar(sa.select(sa.func.count()).select_from(same)) or 1) - 1


def _same(guild_id: int, user_id: int, reason: Reason, moment: datetime) -> sa.Select[tuple[int]]:
    """The refusals of that person for that reason in the same minute as `moment`."""
    begins = minute_of(moment)
    return sa.select(refusals.c.id).where(
        refusals.c.guild_id == guild_id,
        refusals.c.user_id == user_id,
        refusals.c.reason == reason,
        refusals.c.at >= begins,
        refusals.c.at < begins + FOLD_WINDOW,
    )


def forget_before(connection: Connection, before: datetime) -> int:
    """Delete some of the oldest. Returns how many; call again until it is 0."""
    # A hundred at a time: the one writer thread must not be busy for long.
    first: int | None = connection.scalar(sa.select(sa.func.min(refusals.c.id)))
    if first is None:
        return 0
    old = (refusals.c.id < first + _DELETED_AT_ONCE, refusals.c.at < before)
    return connection.execute(sa.delete(refusals).where(*old)).rowcount
