"""Records which remixes a case hid or removed, and which of their authors have read why."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.cases import CaseKind
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.moderation import case_jobs, cases
from bot.storage.engine.tables.remixes import jobs
from bot.storage.moderation.cases import Case, read_case
from bot.storage.remixes.jobs import Job, select_jobs

_OF_SAME_NUMBER = sa.and_(cases.c.guild_id == case_jobs.c.guild_id, cases.c.number == case_jobs.c.case_number)


def add(
    connection: Connection, case: Case, acted_on: Iterable[Job], now: datetime, *, unread: Collection[int] = ()
) -> None:
    """`unread`: the numbers of the jobs whose authors have to be shown the reason."""
    rows = [
        {
            "guild_id": case.guild_id,
            "case_number": case.number,
            "job_id": job.id,
            "user_id": job.user_id,
            "read_at": None if job.id in unread else now,
        }
        for job in acted_on
    ]
    if rows:
        connection.execute(sa.insert(case_jobs), rows)


def jobs_of(connection: Connection, case: Case) -> Sequence[Job]:
    """The remixes that the case acted on, oldest first."""
    numbers = sa.select(case_jobs.c.job_id).where(*_is(case))
    return select_jobs(connection, sa.select(jobs).where(jobs.c.id.in_(numbers)).order_by(jobs.c.id))


def newest_on(connection: Connection, job_id: int, kinds: Collection[CaseKind]) -> Case | None:
    """The newest case of these kinds that acted on that remix."""
    query = sa.select(cases).join(case_jobs, _OF_SAME_NUMBER).where(case_jobs.c.job_id == job_id)
    newest = query.where(cases.c.kind.in_(kinds)).order_by(cases.c.number.desc()).limit(1)
    row = connection.execute(newest).mappings().first()
    return read_case(row) if row else None


def join_newest(connection: Connection, first: Job, job: Job, kind: CaseKind, now: datetime) -> None:
    """The newest case of that kind that acted on the first job acts on the other one from now on."""
    case = newest_on(connection, first.id, [kind])
    if case is not None:
        add(connection, case, [job], now)


# Prepared, because every command of every member looks for it first.
_FIND_UNREAD = PreparedStatement(
    sa.select(cases)
    .distinct()
    .join(case_jobs, _OF_SAME_NUMBER)
    .where(case_jobs.c.guild_id == sa.bindparam("guild"), case_jobs.c.user_id == sa.bindparam("user"))
    .where(case_jobs.c.read_at.is_(None))
    .order_by(cases.c.number)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)


def find_unread(connection: Connection, guild_id: int, user_id: int, limit: int) -> Sequence[Case]:
    """Cases on remixes of that member whose reason they have not read, oldest first."""
    rows = _FIND_UNREAD.rows(connection, {"guild": guild_id, "user": user_id, "limit": limit})
    return [read_case(row._asdict()) for row in rows]


def mark_read(connection: Connection, case: Case, user_id: int, now: datetime) -> None:
    of_member = (*_is(case), case_jobs.c.user_id == user_id, case_jobs.c.read_at.is_(None))
    connection.execute(sa.update(case_jobs).where(*of_member).values(read_at=now))


def mark_outdated(connection: Connection, job: Job, now: datetime) -> None:
    """The remix is shown again, so its author need not read why it was hidden."""
    unread = (case_jobs.c.job_id == job.id, case_jobs.c.read_at.is_(None))
    connection.execute(sa.update(case_jobs).where(*unread).values(read_at=now))


def _is(case: Case) -> tuple[sa.ColumnElement[bool], ...]:
    return (case_jobs.c.guild_id == case.guild_id, case_jobs.c.case_number == case.number)
