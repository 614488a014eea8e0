"""Finds the results that moderators decide about before they are posted, and the matter of each."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.cases import BY_RULE
from bot.rules.job_states import JobState
from bot.rules.matters import MatterKind
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.remixes import IS_IN_REVIEW, IS_OPEN, jobs
from bot.storage.matters import matters
from bot.storage.matters.matters import Matter
from bot.storage.remixes.jobs import Job, select_jobs

# That of the index. In another order SQLite would read all jobs.
_IN_ORDER = (jobs.c.guild_id, jobs.c.id)


def everywhere(connection: Connection) -> Sequence[Job]:
    """In all servers."""
    return select_jobs(connection, sa.select(jobs).where(IS_IN_REVIEW).order_by(*_IN_ORDER))


def overdue(connection: Connection, now: datetime, limit: int) -> Sequence[Job]:
    """Up to `limit` of those that no moderator has looked at in time."""
    late = sa.select(jobs).where(IS_IN_REVIEW, jobs.c.due_at <= now)
    return select_jobs(connection, late.order_by(*_IN_ORDER).limit(limit))


def together_with(connection: Connection, job: Job) -> Sequence[Job]:
    """Those that are decided together with that job: the job itself and those of its set, in their order there."""
    is_it = jobs.c.id == job.id if job.set_id is None else jobs.c.set_id == job.set_id
    return select_jobs(connection, sa.select(jobs).where(IS_IN_REVIEW, is_it).order_by(jobs.c.set_position, jobs.c.id))


# A set is one remix to its author. What is parked may never be made.
_OF_MEMBER = PreparedStatement(
    sa.select(sa.func.count(sa.func.coalesce(jobs.c.set_id, jobs.c.id).distinct())).where(
        IS_OPEN,
        jobs.c.user_id == sa.bindparam("user"),
        # The sum keeps SQLite on the index of open jobs: https://www.sqlite.org/optoverview.html#uplus
        jobs.c.guild_id + 0 == sa.bindparam("guild"),
        jobs.c.review.is_not(None),
        jobs.c.approved_at.is_(None),
        jobs.c.state != JobState.OUTCOME_UNKNOWN,
        # Without a due time it is kept for its author, who was away when it was made.
        sa.or_(jobs.c.state != JobState.GENERATED, jobs.c.due_at.is_not(None), jobs.c.lease.is_not(None)),
    )
)


def count_of_member(connection: Connection, guild_id: int, user_id: int) -> int:
    """How many of the member's remixes in that server wait for moderators, or will once they are made."""
    return _OF_MEMBER.scalar(connection, {"user": user_id, "guild": guild_id}) or 0


def open_matter(connection: Connection, job: Job, now: datetime) -> Matter:
    """What moderators decide about that job. One of a set joins what they decide about the others."""
    if (matter := matter_of(connection, job)) is not None:
        matters.mark_changed(connection, matter.id, now)
        return matter
    return matters.open_matter(
        connection, job.guild_id, MatterKind.REVIEW, job.id, now, job_id=job.id, about_id=job.user_id
    )


def matter_of(connection: Connection, job: Job) -> Matter | None:
    """What is open about that job or its set."""
    of_set = jobs.c.id == job.id if job.set_id is None else jobs.c.set_id == job.set_id
    for job_id in connection.scalars(sa.select(jobs.c.id).where(of_set)):
        if matter := matters.find_open(connection, MatterKind.REVIEW, job_id):
            return matter
    return None


def has_ended(connection: Connection, job: Job, outcome: str, now: datetime) -> None:
    """Close what is open about that job once nothing of its set waits any more. Else it is shown without the job."""
    matter = matter_of(connection, job)
    if matter is None:
        return
    if together_with(connection, job):
        matters.mark_changed(connection, matter.id, now)
    else:
        matters.close(connection, matter.id, now, by=BY_RULE, outcome=outcome)
