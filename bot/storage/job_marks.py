"""What moderators make of a remix: hidden behind a spoiler, or taken down."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.tables import jobs


def hide(connection: Connection, job_id: int) -> bool:
    """False: it was hidden before."""
    where = (jobs.c.id == job_id, jobs.c.hidden.is_(sa.false()))
    return connection.execute(sa.update(jobs).where(*where).values(hidden=True)).rowcount == 1


def remove(connection: Connection, job_id: int, now: datetime) -> bool:
    """False: it was removed before."""
    where = (jobs.c.id == job_id, jobs.c.removed_at.is_(None))
    return connection.execute(sa.update(jobs).where(*where).values(removed_at=now)).rowcount == 1
