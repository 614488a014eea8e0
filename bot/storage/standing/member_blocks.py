"""Stores which members the moderators of a server have blocked there. The operator's blocks are in blocks.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.gate import MemberBlock
from bot.storage.engine.moderation_tables import member_blocks
from bot.storage.engine.prepared import PreparedStatement


@dataclass(frozen=True, slots=True)
class BlockedMember:
    """Who is blocked, by which case, and until when; None: until a moderator unblocks them."""

    guild_id: int
    user_id: int
    case_number: int
    blocked_at: datetime
    until: datetime | None
    reason: str | None

    def is_over(self, now: datetime) -> bool:
        return self.until is not None and self.until <= now


_READ = PreparedStatement(
    sa.select(member_blocks.c.reason, member_blocks.c.until).where(
        member_blocks.c.guild_id == sa.bindparam("guild"), member_blocks.c.user_id == sa.bindparam("user")
    )
)


def read(connection: Connection, guild_id: int, user_id: int) -> MemberBlock | None:
    """The member's block, even if it has ended: the gate compares its end with the time."""
    row = _READ.first(connection, {"guild": guild_id, "user": user_id})
    return MemberBlock(row.reason, row.until) if row else None


def find(connection: Connection, guild_id: int, user_id: int) -> BlockedMember | None:
    """Like `read`, with all that is stored, for moderators."""
    row = connection.execute(sa.select(member_blocks).where(*_of(guild_id, user_id))).mappings().first()
    return BlockedMember(**row) if row else None


def change_reason(connection: Connection, guild_id: int, user_id: int, case_number: int, reason: str) -> None:
    """Change the reason that the member reads, if the block of that case is still there."""
    where = (*_of(guild_id, user_id), member_blocks.c.case_number == case_number)
    connection.execute(sa.update(member_blocks).where(*where).values(reason=reason))


def _of(guild_id: int, user_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (member_blocks.c.guild_id == guild_id, member_blocks.c.user_id == user_id)


def put(connection: Connection, blocked: BlockedMember) -> None:
    """Block a member, replacing an earlier block."""
    lift(connection, blocked.guild_id, blocked.user_id)
    connection.execute(
        sa.insert(member_blocks).values(
            guild_id=blocked.guild_id,
            user_id=blocked.user_id,
            case_number=blocked.case_number,
            blocked_at=blocked.blocked_at,
            until=blocked.until,
            reason=blocked.reason,
        )
    )


def lift(connection: Connection, guild_id: int, user_id: int) -> bool:
    """Returns False if there was no block."""
    return connection.execute(sa.delete(member_blocks).where(*_of(guild_id, user_id))).rowcount == 1


def active(connection: Connection, guild_id: int, now: datetime, limit: int) -> Sequence[BlockedMember]:
    """The blocks that have not ended, newest first."""
    current = sa.or_(member_blocks.c.until.is_(None), member_blocks.c.until > now)
    query = sa.select(member_blocks).where(member_blocks.c.guild_id == guild_id, current)
    rows = connection.execute(query.order_by(member_blocks.c.blocked_at.desc()).limit(limit)).mappings()
    return [BlockedMember(**row) for row in rows]
