"""Who holds which job: claims in fair turns, leases of this process's start, letting go."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.job_states import JobState
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables import IS_OPEN, IS_WAITING, jobs, queue
from bot.storage.remixes import holds
from bot.storage.remixes.jobs import Job, prepared_jobs
from bot.storage.standing import pauses, servers

_QUEUED_AND_FREE = (jobs.c.state == JobState.QUEUED, jobs.c.lease.is_(None))
_GENERATED_AND_FREE = (jobs.c.state == JobState.GENERATED, jobs.c.lease.is_(None))
_SUBMITTED = (
    IS_WAITING,
    jobs.c.state == JobState.GENERATING,
    jobs.c.generation_id.is_not(None),
    jobs.c.lease.is_(None),
)
_SERVER_RUNS = jobs.c.guild_id.not_in(servers.IS_PAUSED)
# What seems to be put off for longer than that was put off before the clock was set back. (A rate limit may ask for an
# hour: the worker's brake keeps that as well.)
_LONGEST_WAIT = timedelta(minutes=30)
_IS_DUE = sa.or_(jobs.c.due_at <= sa.bindparam("now"), jobs.c.due_at > sa.bindparam("too_far"))
_AT_MOST = sa.bindparam("limit", type_=sa.Integer)
_DUE_QUEUED = PreparedStatement(
    sa.select(jobs)
    .where(*_QUEUED_AND_FREE, _IS_DUE, _SERVER_RUNS)
    .order_by(jobs.c.turn, jobs.c.id)
    .limit(_AT_MOST)
    .with_for_update(skip_locked=True)
)
_DUE_GENERATED = PreparedStatement(
    sa.select(jobs)
    .where(*_GENERATED_AND_FREE, _IS_DUE)
    .order_by(jobs.c.due_at, jobs.c.id)
    .limit(_AT_MOST)
    .with_for_update(skip_locked=True)
)
_DUE_SUBMITTED = PreparedStatement(
    sa.select(jobs)
    .where(*_SUBMITTED, sa.or_(jobs.c.due_at.is_(None), _IS_DUE))
    .order_by(jobs.c.id)
    .limit(_AT_MOST)
    .with_for_update(skip_locked=True)
)
_NEXT_SUBMITTED_DUE = PreparedStatement(sa.select(sa.func.min(jobs.c.due_at)).where(*_SUBMITTED))
_LEASE = PreparedStatement(sa.update(jobs).where(jobs.c.id == sa.bindparam("job")))
_RELEASE = PreparedStatement(
    sa.update(jobs).where(jobs.c.id == sa.bindparam("job"), jobs.c.lease == sa.bindparam("held_under"))
)
_NEXT_DUE = {
    JobState.QUEUED: PreparedStatement(sa.select(sa.func.min(jobs.c.due_at)).where(*_QUEUED_AND_FREE, _SERVER_RUNS)),
    JobState.GENERATED: PreparedStatement(sa.select(sa.func.min(jobs.c.due_at)).where(*_GENERATED_AND_FREE)),
}
# A job that came back has an early turn: newcomers must not get that one too, and pass all who wait.
_SERVE_TURN = PreparedStatement(sa.update(queue).where(queue.c.serving_turn < sa.bindparam("turn")))


def claim_queued(connection: Connection, lease: str, limit: int, now: datetime) -> list[Job]:
    """Take up to `limit` due jobs in the order of their turns. While the queue is held, only one that tries.

    While the operator has paused everything, none; and none of a server that its moderators have paused.
    """
    if pauses.read(connection) is not None:
        return []
    hold = holds.read(connection)
    if hold is not None:
        limit = min(limit, 1) if hold.trial_is_due(now) else 0
    claimed = _claim(connection, _DUE_QUEUED, _due(now, limit), lease)
    if claimed:
        turn = max(job.turn for job in claimed)
        _SERVE_TURN.change(connection, {"turn": turn, "serving_turn": turn})
    if claimed and hold is not None:
        holds.start_trial(connection, claimed[0].id, now)
    return claimed


def claim_generated(connection: Connection, lease: str, limit: int, now: datetime) -> list[Job]:
    """Take up to `limit` jobs whose results are due to be fetched or posted, the longest due first."""
    return _claim(connection, _DUE_GENERATED, _due(now, limit), lease)


def _due(now: datetime, limit: int) -> Mapping[str, object]:
    return {"now": now, "too_far": now + _LONGEST_WAIT, "limit": limit}


def claim_submitted(connection: Connection, lease: str, limit: int, now: datetime) -> list[Job]:
    """Take up to `limit` jobs that are being made at the provider and that nobody collects."""
    return _claim(connection, _DUE_SUBMITTED, _due(now, limit), lease)


def resume_submitted(connection: Connection) -> int:
    """At a start: all of them are due. How long they took is not measured, as nobody was there. Returns how many."""
    values = {"due_at": None, "generating_at": None}
    return connection.execute(sa.update(jobs).where(*_SUBMITTED).values(values)).rowcount


def next_submitted_due(connection: Connection) -> datetime | None:
    """When the next of those that nobody collects can be claimed; None if there is none."""
    due: datetime | None = _NEXT_SUBMITTED_DUE.scalar(connection)
    return due


def _claim(connection: Connection, query: PreparedStatement, values: Mapping[str, object], lease: str) -> list[Job]:
    claimed = prepared_jobs(connection, query, values)
    for job in claimed:
        _LEASE.change(connection, {"job": job.id, "lease": lease})
    return claimed


def try_lease(connection: Connection, job_id: int, state: JobState, lease: str) -> bool:
    """Take one job that nobody holds."""
    where = (jobs.c.id == job_id, jobs.c.state == state, jobs.c.lease.is_(None))
    return connection.execute(sa.update(jobs).where(*where).values(lease=lease)).rowcount == 1


def release(connection: Connection, job_id: int, lease: str, due_at: datetime | None, *, attempts: int = 0) -> None:
    """Let go of a job without moving it, after that many attempts; `due_at` None leaves it to a person."""
    values = {"job": job_id, "held_under": lease, "lease": None, "due_at": due_at, "attempts": attempts}
    _RELEASE.change(connection, values)


def void_other_leases(connection: Connection, lease: str) -> int:
    """At a start all older leases are void, whatever the clock does: one process owns the file."""
    where = (IS_OPEN, jobs.c.lease.is_not(None), jobs.c.lease != lease)
    return connection.execute(sa.update(jobs).where(*where).values(lease=None)).rowcount


def next_due(connection: Connection, state: JobState) -> datetime | None:
    """When the next job of that state that nobody holds can be claimed; None if there is none."""
    if state is JobState.QUEUED and pauses.read(connection) is not None:
        return None
    due: datetime | None = _NEXT_DUE[state].scalar(connection)
    hold = holds.read(connection) if state is JobState.QUEUED else None
    return max(due, hold.next_trial_at) if due and hold else due
