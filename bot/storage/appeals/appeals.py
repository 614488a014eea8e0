"""Stores appeals, and finds those that somebody has open, that end, and whose authors have not heard how they ended."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.appeals import Appealed, Outcome
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.appeals import APPEAL_IS_OPEN, APPEAL_IS_TO_TELL, APPEAL_IS_UNTOLD, appeals


@dataclass(frozen=True, slots=True)
class NewAppeal:
    """`key`: which prompt, picture or case. `acted_by` None: a rule did what is appealed."""

    guild_id: int
    user_id: int
    appealed: Appealed
    key: str
    text: str = field(repr=False)
    prompt: str | None = field(default=None, repr=False)
    job_id: int | None = None
    acted_by: int | None = None


@dataclass(frozen=True, slots=True)
class Appeal:
    """One row of `appeals`. `text` None: its author had their data erased."""

    id: int
    guild_id: int
    user_id: int
    appealed: Appealed
    key: str
    text: str | None = field(repr=False)
    prompt: str | None = field(repr=False)
    job_id: int | None
    acted_by: int | None
    made_at: datetime
    ends_at: datetime
    outcome: Outcome | None
    ended_at: datetime | None
    answer: str | None
    told_at: datetime | None
    unreachable_at: datetime | None

    @property
    def case_number(self) -> int | None:
        """The case that is appealed; None for a refusal."""
        return int(self.key) if self.appealed is Appealed.CASE else None


def _read(row: "sa.RowMapping") -> Appeal:
    outcome = Outcome(row["outcome"]) if row["outcome"] else None
    return Appeal(**{**row, "appealed": Appealed(row["appealed"]), "outcome": outcome})


def add(connection: Connection, new: NewAppeal, now: datetime, ends_at: datetime) -> int:
    """Returns its number. One that is open about the same is refused by the database."""
    values = {name: getattr(new, name) for name in NewAppeal.__dataclass_fields__}
    row = {**values, "made_at": now, "ends_at": ends_at}
    number: int = connection.execute(sa.insert(appeals).values(row).returning(appeals.c.id)).scalar_one()
    return number


def find(connection: Connection, appeal_id: int) -> Appeal | None:
    row = connection.execute(sa.select(appeals).where(appeals.c.id == appeal_id)).mappings().first()
    return _read(row) if row is not None else None


def newest_about(connection: Connection, guild_id: int, user_id: int, appealed: Appealed, key: str) -> Appeal | None:
    """The person's newest appeal of that prompt, picture or case."""
    same = (*_of(guild_id, user_id), appeals.c.appealed == appealed, appeals.c.key == key)
    row = connection.execute(sa.select(appeals).where(*same).order_by(appeals.c.id.desc()).limit(1)).mappings().first()
    return _read(row) if row is not None else None


def count_since(connection: Connection, guild_id: int, user_id: int, since: datetime) -> int:
    theirs = (*_of(guild_id, user_id), appeals.c.made_at > since)
    return connection.scalar(sa.select(sa.func.count()).select_from(appeals).where(*theirs)) or 0


def open_of(connection: Connection, user_id: int, guild_id: int | None = None) -> Sequence[Appeal]:
    """The person's open appeals in that server, or in all, oldest first."""
    query = sa.select(appeals).where(appeals.c.user_id == user_id, APPEAL_IS_OPEN).order_by(appeals.c.id)
    if guild_id is not None:
        query = query.where(appeals.c.guild_id == guild_id)
    return [_read(row) for row in connection.execute(query).mappings()]


def end(connection: Connection, appeal_id: int, outcome: Outcome, now: datetime, answer: str | None = None) -> bool:
    """False: it has ended before, and stays as it is."""
    is_open = (appeals.c.id == appeal_id, APPEAL_IS_OPEN)
    values = {"outcome": outcome, "ended_at": now, "answer": answer}
    return connection.execute(sa.update(appeals).where(*is_open).values(values)).rowcount == 1


def ending(connection: Connection, now: datetime, limit: int) -> Sequence[Appeal]:
    """Open ones whose time is over."""
    over = sa.select(appeals).where(APPEAL_IS_OPEN, appeals.c.ends_at <= now).order_by(appeals.c.ends_at)
    return [_read(row) for row in connection.execute(over.limit(limit)).mappings()]


def to_tell(connection: Connection, limit: int) -> Sequence[Appeal]:
    """Those that have ended, and whose authors were not sent a message about it yet."""
    untold = sa.select(appeals).where(APPEAL_IS_TO_TELL)
    return [_read(row) for row in connection.execute(untold.order_by(appeals.c.ended_at).limit(limit)).mappings()]


def mark_unreachable(connection: Connection, appeal_id: int, now: datetime) -> None:
    """No message reaches its author, so they read it at their next use."""
    connection.execute(sa.update(appeals).where(appeals.c.id == appeal_id).values(unreachable_at=now))


def mark_told(connection: Connection, appeal_ids: Sequence[int], now: datetime) -> None:
    connection.execute(sa.update(appeals).where(appeals.c.id.in_(appeal_ids)).values(told_at=now))


_THEIRS = (appeals.c.user_id == sa.bindparam("user"), APPEAL_IS_UNTOLD, appeals.c.unreachable_at.is_not(None))
_ORDERED = sa.select(appeals).order_by(appeals.c.ended_at).limit(sa.bindparam("limit", type_=sa.Integer))
# Prepared, because every command of every member looks for it first.
_UNREAD_HERE = PreparedStatement(_ORDERED.where(*_THEIRS, appeals.c.guild_id == sa.bindparam("guild")))
_UNREAD = PreparedStatement(_ORDERED.where(*_THEIRS))


def unread(connection: Connection, user_id: int, guild_id: int | None, limit: int) -> Sequence[Appeal]:
    """What the person has not heard, in that server or in all; what a direct message could not tell them."""
    values: dict[str, object] = {"user": user_id, "limit": limit}
    if guild_id is None:
        return [_read(row._asdict()) for row in _UNREAD.rows(connection, values)]
    return [_read(row._asdict()) for row in _UNREAD_HERE.rows(connection, {**values, "guild": guild_id})]


def forget_before(connection: Connection, before: datetime, limit: int) -> int:
    """Delete some that ended before then. Returns how many."""
    some = sa.select(appeals.c.id).where(appeals.c.ended_at < before).order_by(appeals.c.ended_at).limit(limit)
    return connection.execute(sa.delete(appeals).where(appeals.c.id.in_(some))).rowcount


def erase_words_of(connection: Connection, user_id: int) -> None:
    """What the person wrote and handed in goes, and so does what a moderator answered. That they appealed stays."""
    nothing = {"text": None, "prompt": None, "answer": None}
    connection.execute(sa.update(appeals).where(appeals.c.user_id == user_id).values(nothing))


def _of(guild_id: int, user_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (appeals.c.guild_id == guild_id, appeals.c.user_id == user_id)
