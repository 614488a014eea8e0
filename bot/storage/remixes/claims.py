"""Claims due jobs in the order of their turns, and leases them to the running process."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.delivery_places import MAX_FULL_CHANNELS, MAX_FULL_SERVERS, DeliveryPlaces
from bot.rules.generations import Generation
from bot.rules.job_states import JobState
from bot.rules.retries import LONGEST_WAIT
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.remixes import IS_OPEN, IS_WAITING, jobs
from bot.storage.remixes import holds, turns
from bot.storage.remixes.jobs import (
    IS_HELD,
    Job,
    StaleMoveError,
    find,
    held_by,
    prepared_jobs,
    record_event,
    select_jobs,
)
from bot.storage.standing import channel_locks, pauses, servers

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
# rate limit of Ideogram may ask for an hour, but the worker's brake waits for that too.)
_IS_DUE = sa.or_(jobs.c.due_at <= sa.bindparam("now"), jobs.c.due_at > sa.bindparam("too_far"))
_AT_MOST = sa.bindparam("limit", type_=sa.Integer)

_NEXT_QUEUED = PreparedStatement(turns.first_in_turn(jobs.c.lease.is_(None), _IS_DUE, ~channel_locks.HOLDS_JOB))


def claim_queued(connection: Connection, lease: str, limit: int, now: datetime, *, claim: int = 0) -> list[Job]:
    """Claim up to `limit` due jobs. Servers take turns, and in a server its members do.

    Claims none while the operator has paused everything, and none of a paused server or a locked channel. While the
    queue is on hold, one job every five minutes is let through to try Ideogram. `claim`: a number that the process has
    not used before, so that later changes can prove which claim they belong to.
    """
    if pauses.read(connection) is not None:
        return []
    hold = holds.read(connection)
    if hold is not None:
        limit = min(limit, 1) if hold.trial_is_due(now) else 0
    claimed = list(islice(_serve(connection, lease, claim, now), limit))
    if claimed and hold is not None:
        holds.start_trial(connection, claimed[0].id, now)
    return claimed


def _serve(connection: Connection, lease: str, claim: int, now: datetime) -> Iterator[Job]:
    """Claims one job after the other, for as long as somebody asks for the next."""
    values, held = {"now": now, "too_far": now + LONGEST_WAIT}, {"lease": lease, "claim": claim}
    while found := prepared_jobs(connection, _NEXT_QUEUED, values, held):
        (job,) = found
        _LEASE.change(connection, {"job": job.id, **held})
        turns.served(connection, job.guild_id, job.turn)
        yield job


_FULL_CHANNELS = [f"channel_{number}" for number in range(MAX_FULL_CHANNELS)]
_FULL_SERVERS = [f"server_{number}" for number in range(MAX_FULL_SERVERS)]
_HAS_PLACE = (
    jobs.c.channel_id.not_in([sa.bindparam(name) for name in _FULL_CHANNELS]),
    jobs.c.guild_id.not_in([sa.bindparam(name) for name in _FULL_SERVERS]),
)
_DUE_GENERATED = PreparedStatement(
    sa.select(jobs).where(*_GENERATED_AND_FREE, _IS_DUE, *_HAS_PLACE).order_by(jobs.c.due_at, jobs.c.id).limit(_AT_MOST)
)


def claim_generated(
    connection: Connection,
    lease: str,
    limit: int,
    now: datetime,
    places: DeliveryPlaces | None = None,
    *,
    claim: int = 0,
) -> list[Job]:
    """Claim up to `limit` jobs whose results are due to be fetched or posted, those due longest first.

    Leaves out channels and servers without a free place. What is claimed takes one of `places`.
    """
    places, held = places or DeliveryPlaces(), {"lease": lease, "claim": claim}
    claimed: list[Job] = []
    while len(claimed) < limit:
        values = {"now": now, "too_far": now + LONGEST_WAIT, "limit": limit - len(claimed), **_full(places)}
        due = prepared_jobs(connection, _DUE_GENERATED, values, held)
        taken = [job for job in due if places.try_take(job.channel_id, job.guild_id)]
        for job in taken:
            _LEASE.change(connection, {"job": job.id, **held})
        claimed += taken
        # Only a channel or server that has just become full leaves jobs over, and the next round asks for others.
        if len(taken) == len(due):
            break
    return claimed


def _full(places: DeliveryPlaces) -> Mapping[str, int]:
    # A prepared statement takes no list, so there is a value for each that can be full. No id of Discord's is 0.
    values = dict.fromkeys((*_FULL_CHANNELS, *_FULL_SERVERS), 0)
    values.update(zip(_FULL_CHANNELS, places.full_channels, strict=False))
    values.update(zip(_FULL_SERVERS, places.full_servers, strict=False))
    return values


_NEXT_GENERATED_DUE = PreparedStatement(
    sa.select(sa.func.min(jobs.c.due_at)).where(*_GENERATED_AND_FREE, *_HAS_PLACE, jobs.c.due_at.is_not(None))
)


def next_generated_due(connection: Connection, places: DeliveryPlaces | None = None) -> datetime | None:
    """When the next result of a channel and server with a free place can be claimed; None if there is none."""
    due: datetime | None = _NEXT_GENERATED_DUE.scalar(connection, _full(places or DeliveryPlaces()))
    return due


def put_off_channel(connection: Connection, channel_id: int, until: datetime) -> int:
    """Put off all results that wait for that channel. Returns how many."""
    where = (*_GENERATED_AND_FREE, jobs.c.due_at < until, jobs.c.channel_id == channel_id)
    return connection.execute(sa.update(jobs).where(*where).values(due_at=until)).rowcount


def make_results_due(connection: Connection, now: datetime) -> None:
    """Fetch or post at once what waits for its next attempt, but not what is kept for its author."""
    where = (*_GENERATED_AND_FREE, jobs.c.due_at > now)
    connection.execute(sa.update(jobs).where(*where).values(due_at=now))


_DUE_SUBMITTED = PreparedStatement(
    sa.select(jobs).where(*_SUBMITTED, sa.or_(jobs.c.due_at.is_(None), _IS_DUE)).order_by(jobs.c.id).limit(_AT_MOST)
)


def claim_submitted(connection: Connection, lease: str, limit: int, now: datetime, *, claim: int = 0) -> list[Job]:
    """Claim up to `limit` jobs that are being made at Ideogram and that no worker polls."""
    # Nothing can change between the select and the updates: there is one writer, and it holds the lock since BEGIN.
    values, held = {"now": now, "too_far": now + LONGEST_WAIT, "limit": limit}, {"lease": lease, "claim": claim}
    claimed = prepared_jobs(connection, _DUE_SUBMITTED, values, held)
    for job in claimed:
        _LEASE.change(connection, {"job": job.id, **held})
    return claimed


def resume_submitted(connection: Connection) -> int:
    """Make all submitted jobs due at once that nobody polls. Returns how many."""
    # Without `generating_at` the estimates leave them out: their time would include the time without a process.
    values = {"due_at": None, "generating_at": None}
    return connection.execute(sa.update(jobs).where(*_SUBMITTED).values(values)).rowcount


_NEXT_SUBMITTED_DUE = PreparedStatement(sa.select(sa.func.min(jobs.c.due_at)).where(*_SUBMITTED))


def next_submitted_due(connection: Connection) -> datetime | None:
    """When the next submitted job can be claimed; None if there is none."""
    due: datetime | None = _NEXT_SUBMITTED_DUE.scalar(connection)
    return due


_LEASE = PreparedStatement(sa.update(jobs).where(jobs.c.id == sa.bindparam("job")))


def try_lease(connection: Connection, job_id: int, state: JobState, lease: str, *, claim: int = 0) -> bool:
    """Claim one job, if it is in that state and free."""
    where = (jobs.c.id == job_id, jobs.c.state == state, jobs.c.lease.is_(None))
    return connection.execute(sa.update(jobs).where(*where).values(lease=lease, claim=claim)).rowcount == 1


def find_claimed(connection: Connection, lease: str, claim: int) -> list[Job]:
    """The jobs that are under that claim: what it got, if nobody knows whether it was stored."""
    return select_jobs(connection, sa.select(jobs).where(IS_OPEN, jobs.c.lease == lease, jobs.c.claim == claim))


def find_held(connection: Connection, job: Job) -> Job | None:
    """The job as it is now. None: it has another state, or is no longer under the claim that `job` was read with.

    What is tried again, because nobody knows whether it was stored, finds here that it was.
    """
    current = find(connection, job.id)
    is_held = (
        current is not None
        and job.lease is not None
        and (current.state, current.lease, current.claim) == (job.state, job.lease, job.claim)
        and current.calls == job.calls
    )
    return current if is_held else None


def release_claimed(connection: Connection, lease: str, claim: int) -> None:
    """Give up whatever is under that claim."""
    is_it = (IS_OPEN, jobs.c.lease == lease, jobs.c.claim == claim)
    connection.execute(sa.update(jobs).where(*is_it).values(lease=None))


_RELEASE = PreparedStatement(
    sa.update(jobs).where(
        jobs.c.id == sa.bindparam("job"),
        jobs.c.lease == sa.bindparam("held_lease"),
        jobs.c.claim == sa.bindparam("held_claim"),
    )
)


def release(connection: Connection, job: Job, due_at: datetime | None, *, attempts: int = 0) -> None:
    """Give up the claim of a job without moving it. `due_at` None: only a person can take its next step.

    Changes nothing if the job is no longer under the claim of `job`, so releasing it twice does no harm.
    """
    held = {"held_lease": job.lease, "held_claim": job.claim}
    _RELEASE.change(connection, {"job": job.id, **held, "lease": None, "due_at": due_at, "attempts": attempts})


_IS_IT = jobs.c.id == sa.bindparam("job")
_MARK_SUBMITTED = PreparedStatement(sa.update(jobs).where(_IS_IT, jobs.c.state == JobState.GENERATING, *IS_HELD))


def mark_submitted(connection: Connection, job: Job, generation: Generation, now: datetime) -> None:
    """Record the generation to poll. Raises StaleMoveError if the job is not under the claim of `job`."""
    values = {"generation_api": generation.api, "generation_id": generation.id, "submitted_at": now}
    if _MARK_SUBMITTED.change(connection, {"job": job.id, **held_by(job), **values}) != 1:
        raise StaleMoveError(f"job {job.id} is not being made under our claim")
    record_event(connection, job, "submitted", now)


def note_generation(connection: Connection, job: Job, generation: Generation, now: datetime) -> None:
    """Record the generation of a parked job, whose id came late. The operator can look it up there."""
    same_call = (jobs.c.calls == job.calls, jobs.c.generation_id.is_(None))
    where = (jobs.c.id == job.id, jobs.c.state == JobState.OUTCOME_UNKNOWN, *same_call)
    values = {"generation_api": generation.api, "generation_id": generation.id, "submitted_at": now}
    connection.execute(sa.update(jobs).where(*where).values(values))


_MARK_POSTING = PreparedStatement(
    sa.update(jobs)
    .where(_IS_IT, jobs.c.state == JobState.GENERATED, *IS_HELD)
    .values(posting_at=sa.func.coalesce(jobs.c.posting_at, sa.bindparam("now", type_=jobs.c.posting_at.type)))
)


def mark_posting(connection: Connection, job: Job, now: datetime) -> None:
    """Record, before the first post is sent, that it may be sent. Raises StaleMoveError if not under that claim.

    Keeps the time of the first attempt, whose post may be in the channel although a crash kept it from being recorded.
    """
    if _MARK_POSTING.change(connection, {"job": job.id, "now": now, **held_by(job)}) != 1:
        raise StaleMoveError(f"job {job.id} is not under our claim to be posted")


def void_leases(connection: Connection, *, but: Collection[str]) -> int:
    """Clear the leases that are none of these. Returns how many."""
    # Leases need no expiry, and so no trust in the clock: the caller knows which processes are there.
    where = (IS_OPEN, jobs.c.lease.is_not(None), jobs.c.lease.not_in(but))
    return connection.execute(sa.update(jobs).where(*where).values(lease=None)).rowcount


# Nothing runs at the moment when a lock ends, so its jobs are due then.
_DUE_WITH_LOCK = sa.case((jobs.c.due_at < channel_locks.ENDS_FOR_JOB, channel_locks.ENDS_FOR_JOB), else_=jobs.c.due_at)
_NEXT_QUEUED_DUE = PreparedStatement(
    sa.select(sa.func.min(_DUE_WITH_LOCK)).where(*_QUEUED_AND_FREE, _SERVER_RUNS, ~channel_locks.HOLDS_JOB_FOREVER)
)


def next_queued_due(connection: Connection) -> datetime | None:
    """When the next queued job can be claimed; None if there is none."""
    if pauses.read(connection) is not None:
        return None
    due: datetime | None = _NEXT_QUEUED_DUE.scalar(connection)
    hold = holds.read(connection)
    if due is None or hold is None:
        return due
    return None if hold.next_trial_at is None else max(due, hold.next_trial_at)
