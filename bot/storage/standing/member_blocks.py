"""Stores which members the moderators of a server have blocked there. The operator's blocks are in blocks.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.gate import MemberBlock
from bot.rules.pages import Cursor
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.moderation import member_blocks


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


# Of several blocks the one that ends last holds, and of two that end together the first.
_LONGEST_FIRST = (member_blocks.c.until.is_not(None), member_blocks.c.until.desc(), member_blocks.c.case_number)
_READ = PreparedStatement(
    sa.select(member_blocks.c.reason, member_blocks.c.until)
    .where(member_blocks.c.guild_id == sa.bindparam("guild"), member_blocks.c.user_id == sa.bindparam("user"))
    .order_by(*_LONGEST_FIRST)
)


def read(connection: Connection, guild_id: int, user_id: int) -> MemberBlock | None:
    """The member's block that holds, even if it has ended: the gate compares its end with the time."""
    row = _READ.first(connection, {"guild": guild_id, "user": user_id})
    return MemberBlock(row.reason, row.until) if row else None


def find(connection: Connection, guild_id: int, user_id: int) -> BlockedMember | None:
    """Like `read`, with all that is stored, for moderators."""
    query = sa.select(member_blocks).where(*_of(guild_id, user_id)).order_by(*_LONGEST_FIRST)
    row = connection.execute(query).mappings().first()
    return BlockedMember(**row) if row else None


def find_by_case(connection: Connection, guild_id: int, user_id: int, case_number: int) -> BlockedMember | None:
    where = (*_of(guild_id, user_id), member_blocks.c.case_number == case_number)
    row = connection.execute(sa.select(member_blocks).where(*where)).mappings().first()
    return BlockedMember(**row) if row else None


def change_reason(connection: Connection, guild_id: int, user_id: int, case_number: int, reason: str) -> None:
    """Change the reason that the member reads, if the block of that case is still there."""
    where = (*_of(guild_id, user_id), member_blocks.c.case_number == case_number)
    connection.execute(sa.update(member_blocks).where(*where).values(reason=reason))


def _of(guild_id: int, user_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (member_blocks.c.guild_id == guild_id, member_blocks.c.user_id == user_id)


def add(connection: Connection, blocked: BlockedMember) -> None:
    """Block a member. Blocks that they have already keep their ends; those that are over by now are forgotten."""
    where = (*_of(blocked.guild_id, blocked.user_id), member_blocks.c.until <= blocked.blocked_at)
    connection.execute(sa.delete(member_blocks).where(*where))
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


def lift(connection: Connection, guild_id: int, user_id: int, case_number: int) -> None:
    """Lift the block of that case. The others of the member still hold."""
    where = (*_of(guild_id, user_id), member_blocks.c.case_number == case_number)
    connection.execute(sa.delete(member_blocks).where(*where))


def lift_all(connection: Connection, guild_id: int, user_id: int) -> Sequence[BlockedMember]:
    """Returns those that were stored. One that has ended still has its row: nothing runs at the moment it ends."""
    query = sa.select(member_blocks).where(*_of(guild_id, user_id)).order_by(*_LONGEST_FIRST)
    lifted = [BlockedMember(**row) for row in connection.execute(query).mappings()]
    connection.execute(sa.delete(member_blocks).where(*_of(guild_id, user_id)))
    return lifted


def active(
    connection: Connection, guild_id: int, now: datetime, limit: int, cursor: Cursor | None = None
) -> Sequence[BlockedMember]:
    """The block that holds of each member whose block has not ended, by case number, from the cursor on.

    Newest first or, with `back`, those after it, oldest first.
    """
    goes_on = sa.or_(member_blocks.c.until.is_(None), member_blocks.c.until > now)
    place = sa.func.row_number().over(partition_by=member_blocks.c.user_id, order_by=_LONGEST_FIRST)
    ranked = (
        sa.select(member_blocks, place.label("place")).where(member_blocks.c.guild_id == guild_id, goes_on).subquery()
    )
    query = sa.select(*(ranked.c[column.name] for column in member_blocks.c)).where(ranked.c.place == 1)
    number, back = ranked.c.case_number, cursor is not None and cursor.back
    if cursor is not None:
        query = query.where(number > cursor.number if back else number < cursor.number)
    rows = connection.execute(query.order_by(number if back else number.desc()).limit(limit)).mappings()
    return [BlockedMember(**row) for row in rows]
