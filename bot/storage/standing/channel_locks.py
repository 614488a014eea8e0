"""Stores which channels the moderators of a server have locked for remixes. A lock applies to the channel's threads."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.gate import ChannelLock
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.moderation import channel_locks
from bot.storage.engine.tables.remixes import jobs


@dataclass(frozen=True, slots=True)
class LockedChannel:
    """Which channel is locked, by which case, and until when; None: until a moderator unlocks it."""

    channel_id: int
    guild_id: int
    case_number: int
    locked_at: datetime
    until: datetime | None
    reason: str | None

    def is_over(self, now: datetime) -> bool:
        return self.until is not None and self.until <= now


_OF_JOB = sa.or_(
    channel_locks.c.channel_id == jobs.c.channel_id,
    channel_locks.c.channel_id == jobs.c.parent_channel_id,
)
HOLDS_JOB = (
    sa.exists()
    .where(_OF_JOB, sa.or_(channel_locks.c.until.is_(None), channel_locks.c.until > sa.bindparam("now")))
    .correlate(jobs)
)
"""Whether the channel of a row of `jobs` is locked at the time `now`."""
HOLDS_JOB_FOREVER = sa.exists().where(_OF_JOB, channel_locks.c.until.is_(None)).correlate(jobs)
ENDS_FOR_JOB = sa.select(sa.func.max(channel_locks.c.until)).where(_OF_JOB).correlate(jobs).scalar_subquery()
"""When the locks that hold a row of `jobs` end; NULL if there are none."""

# The channel of a thread can be locked as well as the thread. The lock that ends last holds.
_READ = PreparedStatement(
    sa.select(channel_locks.c.reason, channel_locks.c.until)
    .where(
        sa.or_(
            channel_locks.c.channel_id == sa.bindparam("channel"),
            channel_locks.c.channel_id == sa.bindparam("parent"),
        )
    )
    .order_by(channel_locks.c.until.is_not(None), channel_locks.c.until.desc())
)


def read(connection: Connection, channel_ids: Collection[int]) -> ChannelLock | None:
    """The lock of a channel, or of a thread and its channel, even if it has ended: the gate compares the time."""
    row = _READ.first(connection, {"channel": min(channel_ids), "parent": max(channel_ids)})
    return ChannelLock(row.reason, row.until) if row else None


def find(connection: Connection, guild_id: int, channel_id: int) -> LockedChannel | None:
    """Like `read`, for this channel alone and with all that is stored, for moderators."""
    row = connection.execute(sa.select(channel_locks).where(*_of(guild_id, channel_id))).mappings().first()
    return LockedChannel(**row) if row else None


def put(connection: Connection, lock: LockedChannel) -> None:
    """Lock a channel, replacing an earlier lock."""
    lift(connection, lock.guild_id, lock.channel_id)
    connection.execute(
        sa.insert(channel_locks).values(
            channel_id=lock.channel_id,
            guild_id=lock.guild_id,
            case_number=lock.case_number,
            locked_at=lock.locked_at,
            until=lock.until,
            reason=lock.reason,
        )
    )


def lift(connection: Connection, guild_id: int, channel_id: int) -> None:
    connection.execute(sa.delete(channel_locks).where(*_of(guild_id, channel_id)))


def change_reason(connection: Connection, guild_id: int, channel_id: int, case_number: int, reason: str) -> None:
    """Change the reason that people read, if the lock of that case is still there."""
    where = (*_of(guild_id, channel_id), channel_locks.c.case_number == case_number)
    connection.execute(sa.update(channel_locks).where(*where).values(reason=reason))


def _of(guild_id: int, channel_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (channel_locks.c.channel_id == channel_id, channel_locks.c.guild_id == guild_id)
