"""Finds the results that moderators decide about before they are posted."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.engine.tables.remixes import IS_IN_REVIEW, jobs
from bot.storage.remixes.jobs import Job, select_jobs


def everywhere(connection: Connection) -> Sequence[Job]:
    """In all servers, oldest first."""
    return select_jobs(connection, sa.select(jobs).where(IS_IN_REVIEW).order_by(jobs.c.id))
