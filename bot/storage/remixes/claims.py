"""Claims due jobs in the order of their turns, and leases them to the running process."""

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
# The bot puts no job off for longer, so a later due time is from before the clock was set back, and the job is due. (A
# rate limit may ask for an hour, but the worker's brake waits for that too.)
_LONGEST_WAIT = timedelta(minutes=30)
_IS_DUE = sa.or_(jobs.c.due_at <= sa.bindparam("now"), jobs.c.due_at > sa.bindparam("too_far"))
_AT_MOST = sa.bindparam("limit", type_=sa.Integer)

_DUE_QUEUED = PreparedStatement(
    sa.select(jobs).where(*_QUEUED_AND_FREE, _IS_DUE, _SERVER_RUNS).order_by(jobs.c.turn, jobs.c.id).limit(_AT_MOST)
)
# The served turn only grows. A job that came back to the queue has an early turn, and newcomers starting there would
# overtake everyone else.
_SERVE_TURN = PreparedStatement(sa.update(queue).where(queue.c.serving_turn < sa.bindparam("turn")))


def claim_queued(connection: Connection, lease: str, limit: int, now: datetime) -> list[Job]:
    """Claim up to `limit` due jobs in the order of their turns.

    Claims none while the operator has paused everything, and none of a paused server. While the queue is on hold, one
    job every five minutes is let through to try Ideogram. The returned jobs are as they were before the claim.
    """
    if pauses.read(connection) is not None:
        return []
    hold = holds.read(connection)
    if hold is not None:
        limit = min(limit, 1) if hold.trial_is_due(now) else 0
    claimed = _claim(connection, _DUE_QUEUED, lease, limit, now)
    if claimed:
        turn = max(job.turn for job in claimed)
        _SERVE_TURN.change(connection, {"turn": turn, "serving_turn": turn})
    if claimed and hold is not None:
        holds.start_trial(connection, claimed[0].id, now)
    return claimed


_DUE_GENERATED = PreparedStatement(
    sa.select(jobs).where(*_GENERATED_AND_FREE, _IS_DUE).order_by(jobs.c.due_at, jobs.c.id).limit(_AT_MOST)
)


def claim_generated(connection: Connection, lease: str, limit: int, now: datetime) -> list[Job]:
    """Claim up to `limit` jobs whose results are due to be fetched or posted, those due longest first."""
    return _claim(connection, _DUE_GENERATED, lease, limit, now)


_DUE_SUBMITTED = PreparedStatement(
    sa.select(jobs).where(*_SUBMITTED, sa.or_(jobs.c.due_at.is_(None), _IS_DUE)).order_by(jobs.c.id).limit(_AT_MOST)
)


def claim_submitted(connection: Connection, lease: str, limit: int, now: datetime) -> list[Job]:
    """Claim up to `limit` jobs that are being made at Ideogram and that no worker polls."""
    return _claim(connection, _DUE_SUBMITTED, lease, limit, now)


def resume_submitted(connection: Connection) -> int:
    """At a start: make all submitted jobs due at once. Returns how many."""
    # Without `generating_at` the estimates leave them out: their time would include the time that the bot was down.
    values = {"due_at": None, "generating_at": None}
    return connection.execute(sa.update(jobs).where(*_SUBMITTED).values(values)).rowcount


_NEXT_SUBMITTED_DUE = PreparedStatement(sa.select(sa.func.min(jobs.c.due_at)).where(*_SUBMITTED))


def next_submitted_due(connection: Connection) -> datetime | None:
    """When the next submitted job can be claimed; None if there is none."""
    due: datetime | None = _NEXT_SUBMITTED_DUE.scalar(connection)
    return due


_LEASE = PreparedStatement(sa.update(jobs).where(jobs.c.id == sa.bindparam("job")))


def _claim(connection: Connection, due: PreparedStatement, lease: str, limit: int, now: datetime) -> list[Job]:
    # Nothing can change between the select and the updates: there is one writer, and it holds the lock since BEGIN.
    values = {"now": now, "too_far": now + _LONGEST_WAIT, "limit": limit}
    claimed = prepared_jobs(connection, due, values)
    for job in claimed:
        _LEASE.change(connection, {"job": job.id, "lease": lease})
    return claimed


def try_lease(connection: Connection, job_id: int, state: JobState, lease: str) -> bool:
    """Claim one job, if it is in that state and free."""
    where = (jobs.c.id == job_id, jobs.c.state == state, jobs.c.lease.is_(None))
    return connection.execute(sa.update(jobs).where(*where).values(lease=lease)).rowcount == 1


_RELEASE = PreparedStatement(
    sa.update(jobs).where(jobs.c.id == sa.bindparam("job"), jobs.c.lease == sa.bindparam("held_under"))
)


def release(connection: Connection, job_id: int, lease: str, due_at: datetime | None, *, attempts: int = 0) -> None:
    """Give up the lease of a job without moving it. `due_at` None: only a person can take its next step."""
    values = {"job": job_id, "held_under": lease, "lease": None, "due_at": due_at, "attempts": attempts}
    _RELEASE.change(connection, values)


def void_other_leases(connection: Connection, lease: str) -> int:
    """At a start: clear the leases of earlier starts. Returns how many."""
    # Leases need no expiry, and so no trust in the clock: the process lock means that no other process can be working.
    where = (IS_OPEN, jobs.c.lease.is_not(None), jobs.c.lease != lease)
    return connection.execute(sa.update(jobs).where(*where).values(lease=None)).rowcount


_NEXT_DUE = {
    JobState.QUEUED: PreparedStatement(sa.select(sa.func.min(jobs.c.due_at)).where(*_QUEUED_AND_FREE, _SERVER_RUNS)),
    JobState.GENERATED: PreparedStatement(sa.select(sa.func.min(jobs.c.due_at)).where(*_GENERATED_AND_FREE)),
}


def next_due(connection: Connection, state: JobState) -> datetime | None:
    """When the next free job in that state can be claimed; None if there is none."""
    if state is JobState.QUEUED and pauses.read(connection) is not None:
        return None
    due: datetime | None = _NEXT_DUE[state].scalar(connection)
    hold = holds.read(connection) if state is JobState.QUEUED else None
    return max(due, hold.next_trial_at) if due and hold else due
