"""Moderators' actions on record: numbered by server, written in the transaction of the action itself."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.cases import CaseKind
from bot.storage import servers
from bot.storage.moderation_tables import cases


@dataclass(frozen=True, slots=True)
class NewCase:
    """Who did what, on whom, why, and which remix and message it is about. `details` is what undoing it needs."""

    guild_id: int
    kind: CaseKind
    actor_id: int
    target_id: int | None = None
    reason: str | None = None
    job_id: int | None = None
    channel_id: int | None = None
    message_id: int | None = None
    until: datetime | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """One row of `cases`."""

    guild_id: int
    number: int
    kind: CaseKind
    at: datetime
    actor_id: int
    target_id: int | None
    reason: str | None
    job_id: int | None
    channel_id: int | None
    message_id: int | None
    until: datetime | None
    details: Mapping[str, str]
    edited_at: datetime | None
    edited_by: int | None
    undone_at: datetime | None
    undone_by: int | None
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases of a server. None: whichever."""

    target_id: int | None = None
    actor_id: int | None = None
    kind: CaseKind | None = None


def add(connection: Connection, new: NewCase, now: datetime) -> Case:
    """With the server's next number."""
    number = servers.next_case(connection, new.guild_id)
    values = {
        "guild_id": new.guild_id,
        "number": number,
        "kind": new.kind,
        "at": now,
        "actor_id": new.actor_id,
        "target_id": new.target_id,
        "reason": new.reason,
        "job_id": new.job_id,
        "channel_id": new.channel_id,
        "message_id": new.message_id,
        "until": new.until,
        "details": json.dumps(dict(new.details)) if new.details else None,
    }
    connection.execute(sa.insert(cases).values(values))
    return get(connection, new.guild_id, number)


def find(connection: Connection, guild_id: int, number: int) -> Case | None:
    row = connection.execute(sa.select(cases).where(*_is(guild_id, number))).mappings().first()
    return _case(row) if row else None


def get(connection: Connection, guild_id: int, number: int) -> Case:
    """KeyError if there is none."""
    case = find(connection, guild_id, number)
    if case is None:
        raise KeyError(number)
    return case


def newest(
    connection: Connection, guild_id: int, wanted: CaseFilter, limit: int, before: int | None = None
) -> Sequence[Case]:
    """The newest first; `before` a number, for the next page."""
    query = sa.select(cases).where(cases.c.guild_id == guild_id)
    for name in ("target_id", "actor_id", "kind"):
        if (value := getattr(wanted, name)) is not None:
            query = query.where(cases.c[name] == value)
    if before is not None:
        query = query.where(cases.c.number < before)
    rows = connection.execute(query.order_by(cases.c.number.desc()).limit(limit)).mappings()
    return [_case(row) for row in rows]


def edit_reason(connection: Connection, guild_id: int, number: int, reason: str, by: int, now: datetime) -> bool:
    """False: there is no such case."""
    values = {"reason": reason, "edited_at": now, "edited_by": by}
    return connection.execute(sa.update(cases).where(*_is(guild_id, number)).values(values)).rowcount == 1


def mark_undone(connection: Connection, guild_id: int, number: int, by: int, now: datetime) -> bool:
    """False: it was undone before."""
    where = (*_is(guild_id, number), cases.c.undone_at.is_(None))
    return connection.execute(sa.update(cases).where(*where).values(undone_at=now, undone_by=by)).rowcount == 1


def take_untold_warnings(connection: Connection, guild_id: int, user_id: int, now: datetime) -> Sequence[Case]:
    """Warnings that the member has not read, oldest first; they count as read from now on."""
    where = (
        cases.c.guild_id == guild_id,
        cases.c.target_id == user_id,
        cases.c.kind == CaseKind.WARN,
        cases.c.told_at.is_(None),
        cases.c.undone_at.is_(None),
    )
    found = [
        _case(row) for row in connection.execute(sa.select(cases).where(*where).order_by(cases.c.number)).mappings()
    ]
    if found:
        connection.execute(sa.update(cases).where(*where).values(told_at=now))
    return found


def _is(guild_id: int, number: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (cases.c.guild_id == guild_id, cases.c.number == number)


def _case(row: sa.RowMapping) -> Case:
    details = json.loads(row["details"]) if row["details"] else {}
    return Case(**{**row, "kind": CaseKind(row["kind"]), "details": details})
