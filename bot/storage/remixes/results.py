"""What a paid call answered, and where it was posted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables import posts, results

_ADD = PreparedStatement(sa.insert(results))
_OF_JOB = PreparedStatement(
    sa.select(*(results.c[name] for name in ("position", "safe", "seed", "resolution", "url", "hash", "lost")))
    .where(results.c.job_id == sa.bindparam("job"))
    .order_by(results.c.position)
)
_CHANGE = PreparedStatement(
    sa.update(results).where(results.c.job_id == sa.bindparam("job"), results.c.position == sa.bindparam("changed"))
)
_FORGET_LINKS = PreparedStatement(
    sa.update(results).where(results.c.job_id == sa.bindparam("job"), results.c.url.is_not(None)).values(url=None)
)
_POST_KNOWN = PreparedStatement(
    sa.select(posts.c.part).where(posts.c.job_id == sa.bindparam("job"), posts.c.part == sa.bindparam("number"))
)
_ADD_POST = PreparedStatement(sa.insert(posts))
_POSTS_OF = PreparedStatement(sa.select(posts).where(posts.c.job_id == sa.bindparam("job")).order_by(posts.c.part))


@dataclass(frozen=True, slots=True)
class Result:
    """One image of an answer. `hash` once its bytes are here, `lost` if they never can be; unsafe ones have neither.

    `url` as long as they can be fetched and may have to be.
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
    """One message with results of a job: those at `positions`."""

    part: int
    channel_id: int
    message_id: int
    positions: tuple[int, ...]
    deleted_at: datetime | None = None


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


def of_job(connection: Connection, job_id: int) -> list[Result]:
    """In the order of the answer."""
    return [Result(**row._asdict()) for row in _OF_JOB.rows(connection, {"job": job_id})]


def mark_stored(connection: Connection, job_id: int, position: int, hash_: str) -> None:
    """The bytes are here. The link stays until they are delivered: a disk can be lost."""
    _change(connection, job_id, position, {"hash": hash_})


def mark_lost(connection: Connection, job_id: int, position: int) -> None:
    """The bytes can never be had."""
    _change(connection, job_id, position, {"lost": True, "url": None, "hash": None})


def forget_links(connection: Connection, job_id: int) -> None:
    """Nobody will fetch anything of it any more."""
    _FORGET_LINKS.change(connection, {"job": job_id})


def _change(connection: Connection, job_id: int, position: int, values: dict[str, object]) -> None:
    _CHANGE.change(connection, {"job": job_id, "changed": position, **values})


def add_post(connection: Connection, job_id: int, post: Post, now: datetime) -> None:
    """Write a posted message down. The same again changes nothing."""
    if _POST_KNOWN.first(connection, {"job": job_id, "number": post.part}) is None:
        values = {
            "job_id": job_id,
            "posted_at": now,
            "part": post.part,
            "channel_id": post.channel_id,
            "message_id": post.message_id,
            "positions": ",".join(map(str, post.positions)),
        }
        _ADD_POST.change(connection, values)


def posts_of(connection: Connection, job_id: int) -> list[Post]:
    return [_post(row) for row in _POSTS_OF.rows(connection, {"job": job_id})]


def _post(row: Any) -> Post:  # noqa: ANN401 - a row of `posts`
    positions = tuple(int(position) for position in row.positions.split(","))
    return Post(row.part, row.channel_id, row.message_id, positions, row.deleted_at)


def mark_message_deleted(connection: Connection, job_id: int, message_id: int, now: datetime) -> None:
    """That message of the job is gone from the channel."""
    where = (posts.c.job_id == job_id, posts.c.message_id == message_id, posts.c.deleted_at.is_(None))
    connection.execute(sa.update(posts).where(*where).values(deleted_at=now))


def mark_deleted(connection: Connection, job_id: int, now: datetime) -> None:
    """All messages of the job are gone from the channel."""
    where = (posts.c.job_id == job_id, posts.c.deleted_at.is_(None))
    connection.execute(sa.update(posts).where(*where).values(deleted_at=now))
