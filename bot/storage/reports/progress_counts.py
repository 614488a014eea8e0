"""Reads what has happened to jobs since an earlier reading, for the counters of /metrics."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.job_states import FINAL, JobState
from bot.rules.prices import Speed
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.remixes import job_events, jobs, reservations

BATCH = 1_000
"""Events in one reading: more would keep the writer thread busy for longer than a few milliseconds."""

_POSTED = frozenset({"posted", "privately"})
"""Causes of a delivery that the bot made, and not its author's click on Get it again, which may come days later."""


_SETTLED = frozenset({JobState.GENERATED, JobState.IN_REVIEW})


@dataclass(frozen=True, slots=True)
class Step:
    """One move of a job. `ended`: it is over or parked. `took` and `delivered_in`: how long the paid call, and the
    delivery after it, took, if the move ended one. `spent_micros`: what the move settled.
    """

    to: JobState
    speed: Speed
    ended: bool
    took: timedelta | None
    delivered_in: timedelta | None
    spent_micros: int


@dataclass(frozen=True, slots=True)
class Steps:
    """`newest`: where the next reading begins. `more`: there are further ones."""

    steps: Sequence[Step]
    newest: int
    more: bool


_NEWEST = PreparedStatement(sa.select(job_events.c.id).order_by(job_events.c.id.desc()).limit(sa.literal(1)))
_SINCE = PreparedStatement(
    sa.select(
        job_events.c.id,
        job_events.c.from_state,
        job_events.c.to_state,
        job_events.c.cause,
        job_events.c.at,
        jobs.c.speed,
        jobs.c.generating_at,
        jobs.c.generated_at,
        jobs.c.approved_at,
        reservations.c.settled_micros,
    )
    .join_from(job_events, jobs, jobs.c.id == job_events.c.job_id)
    .outerjoin(reservations, reservations.c.job_id == job_events.c.job_id)
    .where(job_events.c.id > sa.bindparam("after"))
    .order_by(job_events.c.id)
    .limit(sa.bindparam("most"))
)


def newest_event(connection: Connection) -> int:
    return _NEWEST.scalar(connection) or 0


def steps_since(connection: Connection, after: int) -> Steps:
    """After the event of that id."""
    # Ids are given again once the newest events are deleted with their remix.
    after = min(after, newest_event(connection))
    rows = _SINCE.rows(connection, {"after": after, "most": BATCH})
    moves = [row for row in rows if row.from_state != row.to_state]
    return Steps([_step(row) for row in moves], rows[-1].id if rows else after, len(rows) == BATCH)


def _step(row: sa.Row[tuple[object, ...]]) -> Step:
    target = JobState(row.to_state)
    took = delivered_in = None
    is_answered = target is JobState.GENERATED and row.from_state != JobState.IN_REVIEW
    if is_answered and row.generating_at is not None:
        took = row.at - row.generating_at
    # How long moderators took says nothing about the bot.
    if target is JobState.DELIVERED and row.cause in _POSTED and row.generated_at is not None and not row.approved_at:
        delivered_in = row.at - row.generated_at
    # A job's money is settled in its move to `generated`, or to its end if it never gets there.
    settles = is_answered or (target in FINAL and row.from_state not in _SETTLED)
    return Step(
        to=target,
        speed=Speed(row.speed),
        ended=target in FINAL or target is JobState.OUTCOME_UNKNOWN,
        took=took,
        delivered_in=delivered_in,
        spent_micros=(row.settled_micros or 0) if settles else 0,
    )
