"""Answers the questions of the gate and the private reply about the queue: how many jobs wait, and how long."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules import estimates
from bot.rules.budgets import Period
from bot.rules.estimates import Estimate, Readiness, Usual
from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.limits import MemberUsage
from bot.rules.prices import Speed
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.remixes import IS_WAITING, jobs
from bot.storage.remixes import quotas, turns
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.ledger import cooldown_started_at
from bot.storage.standing import servers

_MEASURED_JOBS = 20
_NEWEST_JOBS = 50

_COUNT = sa.select(sa.func.count()).select_from(jobs)


@dataclass(frozen=True, slots=True)
class Place:
    """How many jobs are ahead of a job, and when it will probably be done."""

    ahead: int
    estimate: Estimate


_WAITING_BY_SERVER = PreparedStatement(
    sa.select(
        jobs.c.guild_id,
        sa.func.count().label("waiting"),
        jobs.c.guild_id.in_(servers.IS_PAUSED).label("is_paused"),
    )
    .where(IS_WAITING)
    .group_by(jobs.c.guild_id)
)
_WAITING_OF_MEMBER = PreparedStatement(_COUNT.where(IS_WAITING, jobs.c.user_id == sa.bindparam("user")))


def member_usage(connection: Connection, guild_id: int, user_id: int, now: datetime) -> MemberUsage:
    """The facts that `rules.limits` decides on. Waiting jobs count across all servers: they share one queue.

    Those of a server that is paused do not: nothing serves them, and they would keep the queue full for everybody.
    """
    by_server = _WAITING_BY_SERVER.rows(connection)
    others = [row.waiting for row in by_server if row.guild_id != guild_id and not row.is_paused]
    of_server = sum(row.waiting for row in by_server if row.guild_id == guild_id)
    return MemberUsage(
        last_accepted_at=cooldown_started_at(connection, guild_id, user_id),
        waiting_of_person=_WAITING_OF_MEMBER.scalar(connection, {"user": user_id}),
        waiting=of_server + sum(others),
        waiting_of_server=of_server,
        other_servers=len(others),
        today=quotas.count(connection, guild_id, user_id, Period.DAY, now),
        this_month=quotas.count(connection, guild_id, user_id, Period.MONTH, now),
        granted=quotas.grants_left(connection, guild_id, user_id, now),
    )


def failures_of_member(connection: Connection, user_id: int, kinds: Collection[FailureKind], since: datetime) -> int:
    """How many of the member's newest 50 remixes, in all servers, have failed in one of these ways since then."""
    # Bounded, because ix_jobs_person gives the newest ones without reading years of others.
    newest = sa.select(jobs).where(jobs.c.user_id == user_id).order_by(jobs.c.id.desc()).limit(_NEWEST_JOBS).subquery()
    such = (newest.c.failure_kind.in_(kinds), newest.c.finished_at > since)
    return connection.scalar(sa.select(sa.func.count()).select_from(newest).where(*such)) or 0


_ANYONE_QUEUED = PreparedStatement(
    # What waits for a cooldown cannot try anything for half an hour.
    sa.select(jobs.c.id).where(jobs.c.state == JobState.QUEUED, jobs.c.starts_at.is_(None)).limit(sa.literal(1))
)


def anyone_queued(connection: Connection) -> bool:
    """Whether there is a job that can try Ideogram while the queue is on hold."""
    return _ANYONE_QUEUED.first(connection) is not None


_RUNNING = PreparedStatement(
    sa.select(jobs.c.speed, jobs.c.generating_at).where(IS_WAITING, jobs.c.state == JobState.GENERATING)
)


def place(connection: Connection, job: Job, slots: int, now: datetime) -> Place:
    """The place of a queued or running job. `slots`: how many generations can run at once."""
    measured = {speed: measured_seconds(connection, speed) for speed in Speed}
    usual = {speed: Usual.of(speed, measured) for speed in Speed}
    if job.state is not JobState.QUEUED:
        return Place(0, estimates.running(job.generating_at or now, now, usual[job.speed]))
    ahead = turns.count_ahead(connection, job.guild_id, job.turn, job.id)
    running = _RUNNING.rows(connection, {})
    if len(running) >= slots and all(usual[row.speed].is_late(row.generating_at or now, now) for row in running):
        return Place(ahead, Estimate(Readiness.LATE))
    begin = max(now, job.due_at or now)
    place = {"ahead": ahead, "running": len(running), "slots": slots}
    return Place(ahead, estimates.queued(begin, **place, usual=usual[job.speed]))


_LAST_MEASURED = PreparedStatement(
    sa.select(jobs.c.generating_at, jobs.c.generated_at)
    .where(jobs.c.speed == sa.bindparam("speed"), jobs.c.generated_at.is_not(None))
    .order_by(jobs.c.generated_at.desc())
    .limit(_MEASURED_JOBS)
)


def measured_seconds(connection: Connection, speed: Speed) -> list[float]:
    """How many seconds the last 20 generations of that speed took, newest first."""
    rows = _LAST_MEASURED.rows(connection, {"speed": speed})
    return [(row.generated_at - row.generating_at).total_seconds() for row in rows if row.generating_at]
