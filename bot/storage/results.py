"""What a paid call answered, and where it was posted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.tables import posts, results

_ADD = sa.insert(results)
_OF_JOB = (
    sa.select(*(results.c[name] for name in ("position", "safe", "seed", "resolution", "url", "hash", "lost")))
    .where(results.c.job_id == sa.bindparam("job"))
    .order_by(results.c.position)
)
_CHANGE = sa.update(results).where(
    results.c.job_id == sa.bindparam("job"), results.c.position == sa.bindparam("changed")
)
_POST_KNOWN = sa.select(posts.c.part).where(
    posts.c.job_id == sa.bindparam("job"), posts.c.part == sa.bindparam("number")
)
_ADD_POST = sa.insert(posts)
_POSTS_OF = sa.select(posts).where(posts.c.job_id == sa.bindparam("job")).order_by(posts.c.part)


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
    rows = [
        {
            "job_id": job_id,
            "position": result.position,
            "safe": result.safe,
            "seed": result.seed,
            "resolution": result.resolution,
            "url": result.url,
        }
        for result in answered
    ]
    connection.execute(_ADD, rows)


def of_job(connection: Connection, job_id: int) -> list[Result]:
    """In the order of the answer."""
    return [Result(**row) for row in connection.execute(_OF_JOB, {"job": job_id}).mappings()]


def store(connection: Connection, job_id: int, position: int, hash_: str) -> None:
    """The bytes are here. The link stays until they are delivered: a disk can be lost."""
    _change(connection, job_id, position, {"hash": hash_})


def lose(connection: Connection, job_id: int, position: int) -> None:
    """The bytes can never be had."""
    _change(connection, job_id, position, {"lost": True, "url": None, "hash": None})


def forget_links(connection: Connection, job_id: int) -> None:
    """Nobody will fetch anything of it any more."""
    where = (results.c.job_id == job_id, results.c.url.is_not(None))
    connection.execute(sa.update(results).where(*where).values(url=None))


def _change(connection: Connection, job_id: int, position: int, values: dict[str, object]) -> None:
    connection.execute(_CHANGE, {"job": job_id, "changed": position, **values})


def add_post(connection: Connection, job_id: int, post: Post, now: datetime) -> None:
    """Write a posted message down. The same again changes nothing."""
    if connection.execute(_POST_KNOWN, {"job": job_id, "number": post.part}).first() is None:
        values = {
            "job_id": job_id,
            "posted_at": now,
            "part": post.part,
            "channel_id": post.channel_id,
            "message_id": post.message_id,
            "positions": ",".join(map(str, post.positions)),
        }
        connection.execute(_ADD_POST, values)


def posts_of(connection: Connection, job_id: int) -> list[Post]:
    return [_post(row) for row in connection.execute(_POSTS_OF, {"job": job_id}).mappings()]


def _post(row: sa.RowMapping) -> Post:
    positions = tuple(int(position) for position in row["positions"].split(","))
    return Post(row["part"], row["channel_id"], row["message_id"], positions, row["deleted_at"])


def mark_deleted(connection: Connection, job_id: int, now: datetime) -> None:
    """All messages of the job are gone from the channel."""
    where = (posts.c.job_id == job_id, posts.c.deleted_at.is_(None))
    connection.execute(sa.update(posts).where(*where).values(deleted_at=now))
