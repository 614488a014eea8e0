"""Remembers which pictures of a set were picked, before and after they are posted on their own."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.engine.tables.remixes import picks, posts
from bot.storage.remixes.results import Post, read_post

FIRST_PART = 100
"""Posts of picks have this number plus the position of the picture. Those of a delivery are numbered from 0."""


def is_pick(post: Post) -> bool:
    return post.part >= FIRST_PART


def begin(connection: Connection, job_id: int, position: int, now: datetime) -> bool:
    """Record that the picture may be posted from now on. False: that was recorded before."""
    is_it = (picks.c.job_id == job_id, picks.c.position == position)
    if connection.scalar(sa.select(picks.c.job_id).where(*is_it)) is not None:
        return False
    connection.execute(sa.insert(picks).values(job_id=job_id, position=position, begun_at=now))
    return True


def post_of(connection: Connection, job_id: int, position: int) -> Post | None:
    """The message that shows the picked picture alone, unless it was deleted."""
    row = connection.execute(
        sa.select(posts).where(posts.c.job_id == job_id, posts.c.part == FIRST_PART + position)
    ).first()
    return read_post(row) if row is not None else None
