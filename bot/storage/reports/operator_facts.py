"""Reads what the operator's status shows: the queue, the money, the latest failures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.budgets import Period
from bot.rules.job_states import JobState
from bot.storage.engine.tables.remixes import IS_OPEN, job_events, jobs, reservations
from bot.storage.remixes import spending

_SEARCHED_EVENTS = 1_000
"""How many of the newest events are searched for failures. Without a limit the query would read years of them."""


@dataclass(frozen=True, slots=True)
class RecentFailure:
    """A job that failed, was parked or came back to the queue, and the cause in a word. No prompt, no link."""

    job_id: int
    at: datetime
    became: JobState
    cause: str


@dataclass(frozen=True, slots=True)
class Spend:
    """The micro-dollars of this UTC day and month, and how much of all money is only reserved or unresolved."""

    today: int
    this_month: int
    set_aside: int


def open_jobs(connection: Connection) -> Mapping[JobState, int]:
    """How many jobs are in each state that is not final. States without jobs are left out."""
    query = sa.select(jobs.c.state, sa.func.count().label("number")).where(IS_OPEN).group_by(jobs.c.state)
    return {JobState(row.state): row.number for row in connection.execute(query)}


def oldest_queued_at(connection: Connection) -> datetime | None:
    """When the oldest queued job was accepted."""
    query = sa.select(sa.func.min(jobs.c.accepted_at)).where(IS_OPEN, jobs.c.state == JobState.QUEUED)
    oldest: datetime | None = connection.scalar(query)
    return oldest


def last_delivery_at(connection: Connection) -> datetime | None:
    """When a result was last delivered. None: not among the newest events."""
    recent = sa.select(job_events).order_by(job_events.c.id.desc()).limit(_SEARCHED_EVENTS).subquery()
    last: datetime | None = connection.scalar(
        sa.select(sa.func.max(recent.c.at)).where(recent.c.to_state == JobState.DELIVERED)
    )
    return last


def spend(connection: Connection, now: datetime) -> Spend:
    """The same figures as those of the budgets and of `remix-bot usage`."""
    counted = spending.read(connection, now)
    open_ = sa.select(sa.func.sum(reservations.c.reserved_micros)).where(reservations.c.closed_at.is_(None))
    return Spend(counted[Period.DAY].micros, counted[Period.MONTH].micros, connection.scalar(open_) or 0)


def recent_failures(connection: Connection, limit: int) -> Sequence[RecentFailure]:
    """The newest failures, newest first."""
    recent = sa.select(job_events).order_by(job_events.c.id.desc()).limit(_SEARCHED_EVENTS).subquery()
    came_back = sa.and_(recent.c.to_state == JobState.QUEUED, recent.c.from_state == JobState.GENERATING)
    ended = recent.c.to_state.in_((JobState.FAILED, JobState.OUTCOME_UNKNOWN))
    moved = recent.c.from_state != recent.c.to_state
    query = sa.select(recent).where(sa.or_(came_back, ended), moved).order_by(recent.c.id.desc()).limit(limit)
    return [RecentFailure(row.job_id, row.at, JobState(row.to_state), row.cause) for row in connection.execute(query)]
