"""Finds the jobs that wait for the operator, because it is unknown whether Ideogram made and billed them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.job_states import JobState
from bot.rules.late_answers import NOT_MADE
from bot.storage.engine.tables.remixes import IS_PARKED, job_events, jobs, reservations
from bot.storage.remixes.jobs import Job, select_jobs


@dataclass(frozen=True, slots=True)
class Parked:
    """A parked job: since when and why, and its unresolved micro-dollars."""

    job: Job
    since: datetime
    cause: str
    unresolved_micros: int


def oldest(connection: Connection, limit: int) -> Sequence[Parked]:
    query = sa.select(jobs).where(IS_PARKED).order_by(jobs.c.id).limit(limit)
    return [_parked(connection, job) for job in select_jobs(connection, query)]


def count(connection: Connection) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(jobs).where(IS_PARKED)) or 0


def numbers(connection: Connection) -> Sequence[int]:
    return list(connection.scalars(sa.select(jobs.c.id).where(IS_PARKED)))


def _parked(connection: Connection, job: Job) -> Parked:
    last = (
        sa.select(job_events.c.at, job_events.c.cause)
        .where(job_events.c.job_id == job.id, job_events.c.to_state == JobState.OUTCOME_UNKNOWN)
        .order_by(job_events.c.id.desc())
        .limit(1)
    )
    event = connection.execute(last).one()
    unresolved = sa.select(reservations.c.reserved_micros).where(reservations.c.job_id == job.id)
    return Parked(job, event.at, event.cause, connection.scalar(unresolved) or 0)


def events_of(connection: Connection, job_id: int) -> list[tuple[str | None, str, str]]:
    """The old state, new state and cause of each event of a job, in order."""
    columns = (job_events.c.from_state, job_events.c.to_state, job_events.c.cause)
    rows = connection.execute(sa.select(*columns).where(job_events.c.job_id == job_id).order_by(job_events.c.id))
    return [(row.from_state, row.to_state, row.cause) for row in rows]


def was_asked_again(connection: Connection, job_id: int) -> bool:
    """Whether the job was parked before and then put back in the queue, by the bot or by the operator."""
    query = sa.select(job_events.c.id).where(
        job_events.c.job_id == job_id,
        job_events.c.from_state == JobState.OUTCOME_UNKNOWN,
        job_events.c.to_state == JobState.QUEUED,
        job_events.c.cause != NOT_MADE,
    )
    return connection.execute(query.limit(1)).first() is not None
