"""Stores the images that a paid call returned, and the messages that show them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.job_states import JobState
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.remixes import IS_OPEN, jobs, posts, results


@dataclass(frozen=True, slots=True)
class Result:
    """One image that Ideogram returned.

    `hash` is set once its bytes are stored, `lost` if they can never be fetched; an unsafe image has neither. `url` is
    set as long as the bytes may have to be fetched.
    """

    position: int
    safe: bool
    seed: int | None
    resolution: str | None
    url: str | None = field(default=None, repr=False)
    hash: str | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """A message that shows the results of a job at `positions`."""

    part: int
    channel_id: int
    message_id: int
    positions: tuple[int, ...]
    deleted_at: datetime | None = None


_ADD = PreparedStatement(sa.insert(results))


def add(connection: Connection, job_id: int, answered: Sequence[Result]) -> None:
    for result in answered:
        row = {
            "job_id": job_id,
            "position": result.position,
            "safe": result.safe,
            "seed": result.seed,
            "resolution": result.resolution,
            "url": result.url,
        }
        _ADD.change(connection, row)


_OF_JOB = PreparedStatement(
    sa.select(*(results.c[name] for name in ("position", "safe", "seed", "resolution", "url", "hash", "lost")))
    .where(results.c.job_id == sa.bindparam("job"))
    .order_by(results.c.position)
)


def of_job(connection: Connection, job_id: int) -> list[Result]:
    """In the order in which Ideogram returned them."""
    return [Result(**row._asdict()) for row in _OF_JOB.rows(connection, {"job": job_id})]


def mark_stored(connection: Connection, job_id: int, position: int, hash_: str) -> None:
    """The bytes are stored. The link stays until delivery, because a disk can fail and the images are paid for."""
    _change(connection, job_id, position, {"hash": hash_})


def mark_lost(connection: Connection, job_id: int, position: int) -> None:
    """The bytes can never be fetched."""
    _change(connection, job_id, position, {"lost": True, "url": None, "hash": None})


_FORGET_LINKS = PreparedStatement(
    sa.update(results).where(results.c.job_id == sa.bindparam("job"), results.c.url.is_not(None)).values(url=None)
)


def forget_links(connection: Connection, job_id: int) -> None:
    """Delete the links of a job whose images need not be fetched again. They are secrets: anyone can open them."""
    _FORGET_LINKS.change(connection, {"job": job_id})


_CHANGE = PreparedStatement(
    sa.update(results).where(results.c.job_id == sa.bindparam("job"), results.c.position == sa.bindparam("changed"))
)


def _change(connection: Connection, job_id: int, position: int, values: dict[str, object]) -> None:
    _CHANGE.change(connection, {"job": job_id, "changed": position, **values})


def waiting_links(connection: Connection) -> list[str]:
    """The links of all results that are paid for and not fetched yet."""
    query = sa.select(results.c.url).join(jobs, jobs.c.id == results.c.job_id)
    waits = (jobs.c.state == JobState.GENERATED, jobs.c.removed_at.is_(None), results.c.hash.is_(None))
    return list(connection.scalars(query.where(IS_OPEN, *waits, results.c.url.is_not(None))))


def count_late(connection: Connection, since: datetime) -> int:
    """How many remixes were made before `since`, and are still to be fetched or posted."""
    posted_since = sa.func.coalesce(jobs.c.approved_at, jobs.c.generated_at)
    late = (jobs.c.state == JobState.GENERATED, jobs.c.removed_at.is_(None), posted_since < since)
    # One that is kept for its author has no due time and no lease.
    in_work = sa.or_(jobs.c.due_at.is_not(None), jobs.c.lease.is_not(None))
    return connection.scalar(sa.select(sa.func.count()).select_from(jobs).where(IS_OPEN, *late, in_work)) or 0


_FIND_POST = PreparedStatement(
    sa.select(posts.c.part).where(posts.c.job_id == sa.bindparam("job"), posts.c.part == sa.bindparam("number"))
)
_ADD_POST = PreparedStatement(sa.insert(posts))


def add_post(connection: Connection, job_id: int, post: Post, now: datetime) -> None:
    """Record a posted message. Recording it again, as after a crash, changes nothing."""
    if _FIND_POST.first(connection, {"job": job_id, "number": post.part}) is None:
        values = {
            "job_id": job_id,
            "posted_at": now,
            "part": post.part,
            "channel_id": post.channel_id,
            "message_id": post.message_id,
            "positions": ",".join(map(str, post.positions)),
        }
        _ADD_POST.change(connection, values)


_POSTS_OF = PreparedStatement(sa.select(posts).where(posts.c.job_id == sa.bindparam("job")).order_by(posts.c.part))


def posts_of(connection: Connection, job_id: int) -> list[Post]:
    return [read_post(row) for row in _POSTS_OF.rows(connection, {"job": job_id})]


def read_post(row: Any) -> Post:  # noqa: ANN401 - a row of `posts`
    positions = tuple(int(position) for position in row.positions.split(","))
    return Post(row.part, row.channel_id, row.message_id, positions, row.deleted_at)


def mark_message_deleted(connection: Connection, job_id: int, message_id: int, now: datetime) -> None:
    """That message of the job was deleted from the channel."""
    where = (posts.c.job_id == job_id, posts.c.message_id == message_id, posts.c.deleted_at.is_(None))
    connection.execute(sa.update(posts).where(*where).values(deleted_at=now, change_due_at=None))
