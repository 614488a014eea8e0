"""Sums up what a server has on record about one member: remixes, refusals, cases, money."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.cases import CaseKind
from bot.rules.failures import SAFETY_REFUSALS
from bot.rules.job_states import JobState
from bot.rules.refusals import Reason
from bot.storage.engine.tables.moderation import cases, refusals
from bot.storage.engine.tables.remixes import jobs, reservations
from bot.storage.remixes.spending import COUNTED


@dataclass(frozen=True, slots=True)
class RemixTotals:
    """`unsafe`: those that Ideogram's safety check refused. `first_at`, `last_at`: when they asked; None: never."""

    count: int
    waiting: int
    unsafe: int
    first_at: datetime | None
    last_at: datetime | None


def remix_totals(connection: Connection, guild_id: int, user_id: int) -> RemixTotals:
    query = sa.select(
        sa.func.count().label("count"),
        _count_if(jobs.c.state == JobState.QUEUED).label("waiting"),
        _count_if(jobs.c.failure_kind.in_(sorted(SAFETY_REFUSALS))).label("unsafe"),
        sa.func.min(jobs.c.accepted_at).label("first_at"),
        sa.func.max(jobs.c.accepted_at).label("last_at"),
    ).where(jobs.c.user_id == user_id, jobs.c.guild_id == guild_id)
    return RemixTotals(**connection.execute(query).mappings().one())


def _count_if(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


def micros_since(connection: Connection, guild_id: int, user_id: int, since: datetime) -> int:
    """What their remixes since then cost, with what is reserved for those that are not finished."""
    theirs = (jobs.c.user_id == user_id, jobs.c.guild_id == guild_id, jobs.c.accepted_at >= since)
    of_job = reservations.c.job_id == jobs.c.id
    return connection.scalar(sa.select(sa.func.sum(COUNTED)).join_from(jobs, reservations, of_job).where(*theirs)) or 0


def refusals_by_reason(connection: Connection, guild_id: int, user_id: int) -> Mapping[Reason, int]:
    """How often a rule of the server refused them, the most frequent first."""
    count = sa.func.count()
    query = sa.select(refusals.c.reason, count.label("times")).group_by(refusals.c.reason)
    theirs = query.where(refusals.c.guild_id == guild_id, refusals.c.user_id == user_id)
    rows = connection.execute(theirs.order_by(count.desc(), refusals.c.reason))
    return {Reason(row.reason): row.times for row in rows}


def cases_by_kind(connection: Connection, guild_id: int, user_id: int) -> Mapping[CaseKind, int]:
    """How many cases about them were not undone."""
    query = sa.select(cases.c.kind, sa.func.count().label("times")).group_by(cases.c.kind)
    valid = (cases.c.guild_id == guild_id, cases.c.target_id == user_id, cases.c.undone_at.is_(None))
    return {CaseKind(row.kind): row.times for row in connection.execute(query.where(*valid))}
