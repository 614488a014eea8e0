"""Counts the paid calls of all processes, and keeps what they have found out about Ideogram's limit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from typing import Self

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.job_states import JobState
from bot.storage.engine.databases.server_clock import server_now
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.processes import brakes, call_limits, lost_calls, processes
from bot.storage.engine.tables.remixes import IS_WAITING, UtcTime, jobs
from bot.storage.processes.brakes import Brake, seconds_left
from bot.storage.remixes.jobs import Job

_API = sa.bindparam("of_api", type_=sa.Text)
_LEASE = sa.bindparam("of_lease", type_=sa.Text)


@dataclass(frozen=True, slots=True)
class Look:
    """What a process has to know before it begins a paid call.

    `in_flight`: images that Ideogram makes for us now. `most`: the lowest limit that any process was started with.
    `is_known`: whether this process's own limit counts in it. `lost_end_s`: seconds until the first of the lost calls
    counts no more; inf: there is none. `limit`: what `write_limit` has stored last. The other two are the seconds for
    which submits and polls wait.
    """

    now: datetime
    in_flight: int
    most: int
    is_known: bool
    lost_end_s: float
    limit: Mapping[str, object] | None
    submits_wait_s: float
    polls_wait_s: float


@dataclass(frozen=True, slots=True)
class BegunCall:
    """The paid call of that number of a job, for so many images."""

    job_id: int
    call: int
    images: int

    @classmethod
    def of(cls, job: Job) -> Self:
        return cls(job.id, job.calls, job.request.images)


_NOW = sa.type_coerce(server_now(), UtcTime).label("now")
_RUNNING = sa.func.sum(jobs.c.images)
# One statement: a slot waits for it, and each one travels to the server and back.
_LOOK = PreparedStatement(
    sa.select(
        _NOW,
        sa.select(_RUNNING).where(IS_WAITING, jobs.c.state == JobState.GENERATING).scalar_subquery().label("running"),
        sa.select(sa.func.sum(lost_calls.c.images)).scalar_subquery().label("lost"),
        sa.select(call_limits.c.state).where(call_limits.c.api == _API).scalar_subquery().label("state"),
        sa.select(sa.func.min(processes.c.max_in_flight)).scalar_subquery().label("lowest"),
        sa.select(processes.c.max_in_flight).where(processes.c.lease == _LEASE).scalar_subquery().label("own"),
        *(
            sa.select(column).where(brakes.c.name == name.value).scalar_subquery().label(f"{name}_{column.name}")
            for name in Brake
            for column in (brakes.c.since, brakes.c.until)
        ),
    )
)


def look(connection: Connection, api: str, lease: str, most: int) -> Look:
    """`most`: this process's own limit."""
    row = _LOOK.one(connection, {"of_api": api, "of_lease": lease})
    lost, lost_end_s = _lost(connection, row.now) if row.lost else (0, inf)
    return Look(
        now=row.now,
        in_flight=int(row.running or 0) + lost,
        most=most if row.lowest is None else min(most, row.lowest),
        is_known=row.own == most,
        lost_end_s=lost_end_s,
        limit=row.state,
        submits_wait_s=seconds_left(row.submit_since, row.submit_until, row.now),
        polls_wait_s=seconds_left(row.poll_since, row.poll_until, row.now),
    )


_IN_FLIGHT = PreparedStatement(
    sa.select(
        sa.select(_RUNNING).where(IS_WAITING, jobs.c.state == JobState.GENERATING).scalar_subquery().label("running"),
        sa.select(sa.func.sum(lost_calls.c.images))
        .where(sa.type_coerce(lost_calls.c.until, sa.BigInteger) > server_now())
        .scalar_subquery()
        .label("lost"),
    )
)


def in_flight(connection: Connection) -> int:
    """Images that Ideogram makes for all processes now, for those that only show it."""
    row = _IN_FLIGHT.one(connection)
    return int(row.running or 0) + int(row.lost or 0)


def announce(connection: Connection, lease: str, most: int) -> None:
    """Let this process's own limit count for all, while it is alive."""
    connection.execute(sa.update(processes).where(processes.c.lease == lease).values(max_in_flight=most))


def _lost(connection: Connection, now: datetime) -> tuple[int, float]:
    """Images of lost calls that Ideogram may still be making, and the seconds until it cannot be making one of them.

    Deletes the others.
    """
    connection.execute(sa.delete(lost_calls).where(lost_calls.c.until <= now))
    counted, end_s = 0, inf
    for row in connection.execute(sa.select(lost_calls)).all():
        counted += row.images
        end_s = min(end_s, (row.until - max(now, row.since)).total_seconds())
        if row.since > now:
            # The clock was set back. How much of the time is over is unknown, so all of it begins again.
            kept = {"since": now, "until": now + (row.until - row.since)}
            is_it = (lost_calls.c.job_id == row.job_id, lost_calls.c.call == row.call)
            connection.execute(sa.update(lost_calls).where(*is_it).values(kept))
    return counted, end_s


def unanswered(connection: Connection) -> Sequence[BegunCall]:
    """The calls without an answer or an id that no process holds. Reads no more of their jobs than it needs."""
    is_begun = (IS_WAITING, jobs.c.state == JobState.GENERATING, jobs.c.generation_id.is_(None), jobs.c.lease.is_(None))
    query = sa.select(jobs.c.id, jobs.c.calls, jobs.c.images).where(*is_begun).order_by(jobs.c.id)
    return [BegunCall(*row) for row in connection.execute(query)]


def keep_lost(connection: Connection, lost: BegunCall, longest: timedelta) -> None:
    """Count a begun call for that time more, because nobody waits for its answer."""
    is_it = (lost_calls.c.job_id == lost.job_id, lost_calls.c.call == lost.call)
    connection.execute(sa.delete(lost_calls).where(*is_it))
    now: datetime = connection.execute(sa.select(_NOW)).scalar_one()
    values = {"images": lost.images, "since": now, "until": now + longest}
    connection.execute(sa.insert(lost_calls).values(job_id=lost.job_id, call=lost.call, **values))


def forget_lost(connection: Connection, job: Job) -> bool:
    """The call has been answered after all. Returns whether it was lost."""
    is_it = (lost_calls.c.job_id == job.id, lost_calls.c.call == job.calls)
    return connection.execute(sa.delete(lost_calls).where(*is_it)).rowcount > 0


_WRITE_LIMIT = PreparedStatement(sa.update(call_limits).where(call_limits.c.api == _API))
_ADD_LIMIT = PreparedStatement(sa.insert(call_limits))


def write_limit(connection: Connection, api: str, state: Mapping[str, object]) -> None:
    if _WRITE_LIMIT.change(connection, {"of_api": api, "state": state}) == 0:
        _ADD_LIMIT.change(connection, {"api": api, "state": state})


def forget_limit(connection: Connection, api: str) -> None:
    connection.execute(sa.delete(call_limits).where(call_limits.c.api == api))
