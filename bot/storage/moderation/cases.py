"""Records each action of a moderator as a numbered case, in the same transaction as the action itself."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.log_kinds import LogKind
from bot.rules.pages import Cursor
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.moderation import IS_WARNING, case_jobs, cases
from bot.storage.matters import matters
from bot.storage.server_log import log_entries
from bot.storage.standing import servers


@dataclass(frozen=True, slots=True)
class NewCase:
    """Who did what to whom and why, and the remix and message it concerns.

    `details`: what an undo needs, as raw values that JSON can keep.
    """

    guild_id: int
    kind: CaseKind
    actor_id: int
    target_id: int | None = None
    reason: str | None = None
    job_id: int | None = None
    channel_id: int | None = None
    message_id: int | None = None
    until: datetime | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


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
    details: Mapping[str, Any]
    edited_at: datetime | None
    edited_by: int | None
    undone_at: datetime | None
    undone_by: int | None
    undone_case: int | None
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases of a server to find. None: any."""

    target_id: int | None = None
    actor_id: int | None = None
    kind: CaseKind | None = None
    since: datetime | None = None


def add(connection: Connection, new: NewCase, now: datetime) -> Case:
    """Record a case under the server's next number, and queue it for the server's log channel."""
    number = servers.next_case_number(connection, new.guild_id)
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
    log_entries.add(connection, new.guild_id, LogKind.CASE, now, subject=number)
    if new.job_id is not None:
        matters.mark_changed_of_job(connection, new.job_id, now)
    return get(connection, new.guild_id, number)


def find(connection: Connection, guild_id: int, number: int) -> Case | None:
    row = connection.execute(sa.select(cases).where(*_is(guild_id, number))).mappings().first()
    return read_case(row) if row else None


def get(connection: Connection, guild_id: int, number: int) -> Case:
    """Raises KeyError if there is no such case."""
    case = find(connection, guild_id, number)
    if case is None:
        raise KeyError(number)
    return case


def newest(
    connection: Connection, guild_id: int, wanted: CaseFilter, limit: int, cursor: Cursor | None = None
) -> Sequence[Case]:
    """Cases of a server from the cursor on: newest first or, with `back`, those after it, oldest first."""
    query = sa.select(cases).where(cases.c.guild_id == guild_id)
    for name in ("target_id", "actor_id", "kind"):
        if (value := getattr(wanted, name)) is not None:
            query = query.where(cases.c[name] == value)
    if wanted.since is not None:
        query = query.where(cases.c.at >= wanted.since)
    back = cursor is not None and cursor.back
    if cursor is not None:
        query = query.where(cases.c.number > cursor.number if back else cases.c.number < cursor.number)
    rows = connection.execute(query.order_by(cases.c.number if back else cases.c.number.desc()).limit(limit)).mappings()
    return [read_case(row) for row in rows]


def mark_undone(connection: Connection, number: int, by: Case) -> bool:
    """Record that the case `by` undid, or lifted, the case of that number. Returns False if it was undone before."""
    where = (*_is(by.guild_id, number), cases.c.undone_at.is_(None))
    values = {"undone_at": by.at, "undone_by": by.actor_id, "undone_case": by.number}
    return connection.execute(sa.update(cases).where(*where).values(values)).rowcount == 1


def add_details(connection: Connection, case: Case, more: Mapping[str, Any]) -> Case:
    """Returns the case with them."""
    details = {**case.details, **more}
    connection.execute(sa.update(cases).where(*_is(case.guild_id, case.number)).values(details=json.dumps(details)))
    return replace(case, details=details)


_IS_UNREAD = (
    cases.c.guild_id == sa.bindparam("guild"),
    cases.c.target_id == sa.bindparam("target"),
    cases.c.read_at.is_(None),
    IS_WARNING,
)
# Prepared, because every command of every member looks for unread warnings first.
_FIND_UNREAD = PreparedStatement(
    sa.select(cases).where(*_IS_UNREAD).order_by(cases.c.number).limit(sa.bindparam("limit", type_=sa.Integer))
)


def find_unread_warnings(connection: Connection, guild_id: int, user_id: int, limit: int) -> Sequence[Case]:
    """The warnings that the member has not read, oldest first."""
    values = {"guild": guild_id, "target": user_id, "limit": limit}
    return [read_case(row._asdict()) for row in _FIND_UNREAD.rows(connection, values)]


_MARK_READ = PreparedStatement(sa.update(cases).where(*_IS_UNREAD, cases.c.number <= sa.bindparam("last")))


def mark_warnings_read(connection: Connection, guild_id: int, user_id: int, last: int, now: datetime) -> None:
    """Record that the member has read their warnings up to number `last`. Newer ones have not been shown yet."""
    values = {"guild": guild_id, "target": user_id, "last": last, "read_at": now}
    _MARK_READ.change(connection, values)


def count_warnings(connection: Connection, guild_id: int, user_id: int, since: datetime) -> int:
    """The moderators' warnings of the member after `since` that were not withdrawn. Those of a ladder are its own."""
    by_people = cases.c.actor_id != BY_RULE
    theirs = (by_people, cases.c.guild_id == guild_id, cases.c.target_id == user_id, IS_WARNING, cases.c.at > since)
    return connection.scalar(sa.select(sa.func.count()).select_from(cases).where(*theirs)) or 0


def newest_about(connection: Connection, job_id: int, kinds: Collection[CaseKind]) -> Case | None:
    """The newest case of these kinds about that remix, or about several with that one among them."""
    newest = sa.select(cases).where(cases.c.kind.in_(kinds)).order_by(cases.c.number.desc()).limit(1)
    same = sa.and_(cases.c.guild_id == case_jobs.c.guild_id, cases.c.number == case_jobs.c.case_number)
    # Two queries, because one with OR would go through all cases.
    queries = (newest.where(cases.c.job_id == job_id), newest.join(case_jobs, same).where(case_jobs.c.job_id == job_id))
    rows = [row for query in queries if (row := connection.execute(query).mappings().first())]
    return max(map(read_case, rows), key=lambda case: case.number, default=None)


def _is(guild_id: int, number: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (cases.c.guild_id == guild_id, cases.c.number == number)


def read_case(row: "sa.RowMapping | Mapping[str, Any]") -> Case:
    details = json.loads(row["details"]) if row["details"] else {}
    return Case(**{**row, "kind": CaseKind(row["kind"]), "details": details})
