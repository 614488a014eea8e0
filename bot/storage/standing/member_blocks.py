"""Members whom the moderators of a server have blocked there. The operator's own blocks are in blocks.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.gate import MemberBlock
from bot.storage.engine.moderation_tables import member_blocks
from bot.storage.engine.prepared import PreparedStatement

_READ = PreparedStatement(
    sa.select(member_blocks.c.reason, member_blocks.c.until).where(
        member_blocks.c.guild_id == sa.bindparam("guild"), member_blocks.c.user_id == sa.bindparam("user")
    )
)


@dataclass(frozen=True, slots=True)
class BlockedMember:
    """Who is blocked, by which case, and until when; None: until a moderator lets them in again."""

    guild_id: int
    user_id: int
    case_number: int
    blocked_at: datetime
    until: datetime | None
    reason: str | None


def read(connection: Connection, guild_id: int, user_id: int) -> MemberBlock | None:
    """Also one that is over: the gate looks at its end."""
    row = _READ.first(connection, {"guild": guild_id, "user": user_id})
    return MemberBlock(row.reason, row.until) if row else None


def find(connection: Connection, guild_id: int, user_id: int) -> BlockedMember | None:
    """As `read`, with the case that it came by."""
    row = connection.execute(sa.select(member_blocks).where(*_of(guild_id, user_id))).mappings().first()
    return BlockedMember(**row) if row else None


def change_reason(connection: Connection, guild_id: int, user_id: int, case_number: int, reason: str) -> None:
    """What the member reads, where the block that this case began still stands."""
    where = (*_of(guild_id, user_id), member_blocks.c.case_number == case_number)
    connection.execute(sa.update(member_blocks).where(*where).values(reason=reason))


def _of(guild_id: int, user_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (member_blocks.c.guild_id == guild_id, member_blocks.c.user_id == user_id)


def put(connection: Connection, blocked: BlockedMember) -> None:
    """In the place of one that is there."""
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
    """False: there was none."""
    return connection.execute(sa.delete(member_blocks).where(*_of(guild_id, user_id))).rowcount == 1


def active(connection: Connection, guild_id: int, now: datetime, limit: int) -> Sequence[BlockedMember]:
    """Those that hold now, the newest first."""
    holds = sa.or_(member_blocks.c.until.is_(None), member_blocks.c.until > now)
    query = sa.select(member_blocks).where(member_blocks.c.guild_id == guild_id, holds)
    rows = connection.execute(query.order_by(member_blocks.c.blocked_at.desc()).limit(limit)).mappings()
    return [BlockedMember(**row) for row in rows]
