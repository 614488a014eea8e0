"""Keeps results that their author deleted for a time, for moderators alone: nothing else looks for pictures here."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.engine.tables.moderation import evidence
from bot.storage.engine.tables.remixes import jobs, results


def keep_results(connection: Connection, job_id: int, until: datetime) -> None:
    """Call it before the job's own pictures are forgotten."""
    kept = sa.select(results.c.job_id, results.c.position, results.c.hash, sa.literal(until, evidence.c.until.type))
    stored = kept.where(results.c.job_id == job_id, results.c.hash.is_not(None))
    connection.execute(sa.insert(evidence).from_select(("job_id", "position", "hash", "until"), stored))


def hashes_of(connection: Connection, root_id: int, now: datetime, limit: int) -> Sequence[tuple[int, int, str]]:
    """Job, position and file of what is kept of all jobs with that root. The newest `limit` ones, oldest first."""
    of_root = sa.or_(jobs.c.id == root_id, jobs.c.root_id == root_id)
    kept = sa.select(evidence.c.job_id, evidence.c.position, evidence.c.hash).join(jobs).where(of_root)
    newest = kept.where(evidence.c.until > now).order_by(evidence.c.job_id.desc(), evidence.c.position).limit(limit)
    return sorted((row.job_id, row.position, row.hash) for row in connection.execute(newest))


def kept_until(connection: Connection, job_id: int, now: datetime) -> datetime | None:
    """None: nothing of that job is kept."""
    query = sa.select(sa.func.max(evidence.c.until)).where(evidence.c.job_id == job_id, evidence.c.until > now)
    until: datetime | None = connection.scalar(query)
    return until


def forget_ended(connection: Connection, now: datetime) -> None:
    """The sweep deletes the files then."""
    connection.execute(sa.delete(evidence).where(evidence.c.until <= now))
