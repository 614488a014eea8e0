"""Finds the jobs that share a source picture: the first one, and everything that Again has made of it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.removals import Removal, passed_on
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables import UtcTime, jobs
from bot.storage.remixes.jobs import Job, select_jobs


def family_of(connection: Connection, job: Job) -> list[Job]:
    """All jobs with the root of that one, which is among them; oldest first."""
    of_root = sa.or_(jobs.c.id == job.root, jobs.c.root_id == job.root)
    return select_jobs(connection, sa.select(jobs).where(of_root).order_by(jobs.c.id))


_MARK_REMOVED = PreparedStatement(
    sa.update(jobs)
    .where(jobs.c.id == sa.bindparam("job"), jobs.c.removed_at.is_(None))
    .values(removed_at=sa.bindparam("at", type_=UtcTime), removal=sa.bindparam("how", type_=sa.Text))
)


def mark_removed(connection: Connection, job_id: int, removal: Removal, now: datetime) -> None:
    """Record that the results were taken down, so that they are never shown again. Keeps the first time."""
    _MARK_REMOVED.change(connection, {"job": job_id, "at": now, "how": removal})


_ROOT_REMOVAL = PreparedStatement(
    sa.select(jobs.c.removal).where(jobs.c.id == sa.bindparam("root"), jobs.c.removed_at.is_not(None))
)


def removal_of(connection: Connection, job: Job) -> Removal | None:
    """How the job, or the first job with its picture, was taken down. None: neither was.

    Taking down the first one marks all others that there are. This catches what was accepted before roots were known.
    """
    if job.removed_at is not None:
        return job.removal or Removal.MODERATOR
    root_removal = _ROOT_REMOVAL.scalar(connection, {"root": job.root}) if job.root_id is not None else None
    return passed_on(Removal(root_removal)) if root_removal is not None else None


def author_of_root(connection: Connection, job: Job) -> int | None:
    """The member who sent the source picture: members who press Again send none. None: that job is deleted."""
    return connection.scalar(sa.select(jobs.c.user_id).where(jobs.c.id == job.root))
