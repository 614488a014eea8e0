"""Hides and finds jobs for moderators: by message, by member, by server."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.job_states import JobState
from bot.storage.engine.tables.remixes import IS_WAITING, jobs, posts
from bot.storage.remixes import jobs as stored_jobs
from bot.storage.remixes.jobs import Job, select_jobs

_UNPOSTED = (JobState.QUEUED, JobState.GENERATING, JobState.GENERATED, JobState.IN_REVIEW)


def find_by_message(connection: Connection, message_id: int) -> Job | None:
    """The job whose results that message shows or showed."""
    job_id = connection.scalar(sa.select(posts.c.job_id).where(posts.c.message_id == message_id))
    return stored_jobs.find(connection, job_id) if job_id is not None else None


def set_hidden(connection: Connection, job_id: int, *, hidden: bool) -> None:
    connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(hidden=hidden))


def visible_of_member(
    connection: Connection, guild_id: int, user_id: int, limit: int, since: datetime | None
) -> Sequence[Job]:
    """The member's newest jobs in one server that are posted, or will be posted once they are made.

    `since`: only those accepted then or later.
    """
    is_up = sa.exists().where(posts.c.job_id == jobs.c.id, posts.c.deleted_at.is_(None))
    will_be = sa.and_(jobs.c.state.in_(_UNPOSTED), jobs.c.removed_at.is_(None))
    query = sa.select(jobs).where(jobs.c.user_id == user_id, jobs.c.guild_id == guild_id, sa.or_(is_up, will_be))
    if since is not None:
        query = query.where(jobs.c.accepted_at >= since)
    return select_jobs(connection, query.order_by(jobs.c.id.desc()).limit(limit))


def posted_before(connection: Connection, guild_id: int, before: int | None, limit: int) -> Sequence[Job]:
    """The newest jobs of a server whose messages are there, of those with a lower number than `before`."""
    is_up = sa.exists().where(posts.c.job_id == jobs.c.id, posts.c.deleted_at.is_(None))
    query = sa.select(jobs).where(jobs.c.guild_id == guild_id, jobs.c.prompt != "", is_up)
    if before is not None:
        query = query.where(jobs.c.id < before)
    return select_jobs(connection, query.order_by(jobs.c.id.desc()).limit(limit))


def queued_of_server(connection: Connection, guild_id: int) -> Sequence[Job]:
    """The queued jobs of a server, in the order of their turns."""
    queued = _in_state(connection, JobState.QUEUED, guild_id)
    return sorted(queued, key=lambda job: (job.turn, job.id))


def running_of_server(connection: Connection, guild_id: int) -> Sequence[Job]:
    """The jobs of a server that are being made, oldest first."""
    return sorted(_in_state(connection, JobState.GENERATING, guild_id), key=lambda job: job.id)


def _in_state(connection: Connection, state: JobState, guild_id: int) -> list[Job]:
    # Filtered here: with guild_id in the query SQLite prefers ix_jobs_server and reads the server's whole history. The
    # queue's limit keeps the jobs in this state few.
    return [job for job in stored_jobs.in_state(connection, state) if job.guild_id == guild_id]


def queued_of_member(connection: Connection, guild_id: int, user_id: int) -> Sequence[Job]:
    """The queued jobs of a member in that server, in the order of their turns."""
    return [job for job in queued_of_server(connection, guild_id) if job.user_id == user_id]


def count_queued(connection: Connection, guild_id: int, user_id: int) -> int:
    """How many of the member's remixes are queued in that server."""
    theirs = (jobs.c.user_id == user_id, jobs.c.guild_id == guild_id)
    query = sa.select(sa.func.count()).select_from(jobs)
    return connection.scalar(query.where(IS_WAITING, jobs.c.state == JobState.QUEUED, *theirs)) or 0
