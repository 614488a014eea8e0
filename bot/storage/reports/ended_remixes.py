"""Reads which remixes have ended or were parked since an earlier look, from the events of their jobs."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.generations import IdeogramApi
from bot.rules.job_states import FINAL, JobState
from bot.rules.prices import Speed
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.remixes import job_events, jobs, reservations


@dataclass(frozen=True, slots=True)
class EndedRemix:
    """`waited`: until its paid call began, or until it ended without one. `made`: the paid call, None without one.

    `total`: from its acceptance until this event. Money is in micro-dollars; `unresolved` may have been spent.
    """

    event_id: int
    job_id: int
    guild_id: int
    speed: Speed
    api: IdeogramApi | None
    """Only known of parked ones: the id of a generation is forgotten when it is over."""
    state: JobState
    cause: str
    waited: timedelta
    made: timedelta | None
    total: timedelta
    cost: int
    unresolved: int


_NEWEST = PreparedStatement(sa.select(sa.func.max(job_events.c.id)))


def newest_event(connection: Connection, before: datetime | None = None) -> int:
    """0: there is none."""
    if before is None:
        return int(_NEWEST.scalar(connection) or 0)
    earlier = sa.select(job_events.c.id).where(job_events.c.at < before).order_by(job_events.c.id.desc()).limit(1)
    return connection.scalar(earlier) or 0


_ends = [job_events.c.to_state == state for state in sorted({*FINAL, JobState.OUTCOME_UNKNOWN})]
_SINCE = PreparedStatement(
    sa.select(
        job_events.c.id.label("event_id"),
        job_events.c.at,
        job_events.c.from_state,
        job_events.c.to_state,
        job_events.c.cause,
        jobs.c.id.label("job_id"),
        jobs.c.guild_id,
        jobs.c.speed,
        jobs.c.generation_api,
        jobs.c.accepted_at,
        jobs.c.generating_at,
        jobs.c.generated_at,
        reservations.c.status,
        reservations.c.reserved_micros,
        reservations.c.settled_micros,
    )
    .join(jobs, jobs.c.id == job_events.c.job_id)
    .join(reservations, reservations.c.job_id == job_events.c.job_id)
    # What happened to a job that stayed in its state is no end.
    .where(job_events.c.id > sa.bindparam("after"), sa.or_(*_ends), job_events.c.from_state != job_events.c.to_state)
    .order_by(job_events.c.id)
)


def ended_since(connection: Connection, event_id: int) -> list[EndedRemix]:
    """Those whose end is on record after that event, in order."""
    return [_ended(**row._asdict()) for row in _SINCE.rows(connection, {"after": event_id})]


def _ended(  # noqa: PLR0913 - the columns of the statement above
    *,
    event_id: int,
    at: datetime,
    from_state: str,
    to_state: str,
    cause: str,
    job_id: int,
    guild_id: int,
    speed: str,
    generation_api: str | None,
    accepted_at: datetime,
    generating_at: datetime | None,
    generated_at: datetime | None,
    status: str,
    reserved_micros: int,
    settled_micros: int | None,
) -> EndedRemix:
    # A job that went back to the queue still has the time of its last call.
    called_at = None if from_state == JobState.QUEUED else generating_at
    answered_at = generated_at or at
    return EndedRemix(
        event_id,
        job_id,
        guild_id,
        Speed(speed),
        IdeogramApi(generation_api) if generation_api else None,
        JobState(to_state),
        cause,
        waited=(called_at or at) - accepted_at,
        made=answered_at - called_at if called_at else None,
        total=at - accepted_at,
        cost=settled_micros or 0 if status == "settled" else 0,
        unresolved=reserved_micros if status == "unresolved" else 0,
    )
