"""Remembers which messages have to be deleted or drawn again, so that neither a restart nor an outage loses one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.engine.tables.remixes import CHANGE_IS_DUE, posts
from bot.storage.remixes.results import Post, read_post


@dataclass(frozen=True, slots=True)
class PostChange:
    """A message that is not as its job says."""

    job_id: int
    post: Post
    attempts: int


def mark_due(connection: Connection, job_id: int, now: datetime) -> None:
    """All messages of the job that are not deleted have to be changed."""
    undeleted = (posts.c.job_id == job_id, posts.c.deleted_at.is_(None))
    connection.execute(sa.update(posts).where(*undeleted).values(change_due_at=now, change_attempts=0))


def due(connection: Connection, now: datetime, limit: int) -> Sequence[PostChange]:
    """The changes to make now, those that have waited longest first."""
    query = sa.select(posts).where(CHANGE_IS_DUE, posts.c.change_due_at <= now)
    return _read(connection, query.order_by(posts.c.change_due_at).limit(limit))


def of_jobs(connection: Connection, job_ids: Collection[int]) -> Sequence[PostChange]:
    """The changes that these jobs wait for, due or not."""
    wanted = sa.select(posts).where(posts.c.job_id.in_(job_ids), posts.c.change_due_at.is_not(None))
    return _read(connection, wanted.order_by(posts.c.job_id, posts.c.part))


def next_due_at(connection: Connection) -> datetime | None:
    at: datetime | None = connection.scalar(sa.select(sa.func.min(posts.c.change_due_at)).where(CHANGE_IS_DUE))
    return at


def _read(connection: Connection, query: "sa.Select[tuple[object, ...]]") -> list[PostChange]:
    rows = connection.execute(query)
    return [PostChange(row.job_id, read_post(row), row.change_attempts) for row in rows]


def begin_drawing(connection: Connection, change: PostChange) -> int:
    """Returns the number of the drawing, for `is_newest`."""
    begun = sa.update(posts).where(*_is(change)).values(drawings=posts.c.drawings + 1).returning(posts.c.drawings)
    return int(connection.execute(begun).scalar_one())


def is_newest(connection: Connection, change: PostChange, drawing: int) -> bool:
    """Whether no other drawing of that message has begun, or ended, since that one began."""
    return connection.scalar(sa.select(posts.c.drawings).where(*_is(change))) == drawing


def done(connection: Connection, change: PostChange, *, deleted_at: datetime | None = None) -> None:
    """The message is as it should be, or gone."""
    values = {"change_due_at": None, "change_attempts": 0, "deleted_at": deleted_at}
    connection.execute(sa.update(posts).where(*_is(change)).values(values))


def draw_again(connection: Connection, change: PostChange, now: datetime) -> None:
    """Two drawings were on their way at once, and nobody knows which of them stands. So neither counts."""
    values = {"change_due_at": now, "drawings": posts.c.drawings + 1}
    connection.execute(sa.update(posts).where(*_is(change)).values(values))


def put_off(connection: Connection, change: PostChange, until: datetime | None) -> None:
    """Try it again then. None: never, unless a person asks for it. What failed may still arrive: see `draw_again`."""
    values = {
        "change_due_at": until,
        "change_attempts": change.attempts + 1,
        "drawings": posts.c.drawings + 1,
    }
    connection.execute(sa.update(posts).where(*_is(change)).values(values))


def _is(change: PostChange) -> tuple[sa.ColumnElement[bool], ...]:
    return (posts.c.job_id == change.job_id, posts.c.part == change.post.part)
