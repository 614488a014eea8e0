"""Stores which people and servers the operator has blocked everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.remixes import blocks


class BlockKind(StrEnum):
    PERSON = "person"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class Block:
    """Who is blocked, since when, by whom, and a note that only operators read."""

    kind: BlockKind
    subject_id: int
    blocked_at: datetime
    blocked_by: int
    note: str | None = None


def put(connection: Connection, block: Block) -> bool:
    """Returns False if it was blocked already. The first block stays unchanged."""
    if is_blocked(connection, block.kind, block.subject_id):
        return False
    connection.execute(
        sa.insert(blocks).values(
            kind=block.kind,
            subject_id=block.subject_id,
            blocked_at=block.blocked_at,
            blocked_by=block.blocked_by,
            note=block.note,
        )
    )
    return True


def lift(connection: Connection, kind: BlockKind, subject_id: int) -> bool:
    """Returns False if it was not blocked."""
    where = (blocks.c.kind == kind, blocks.c.subject_id == subject_id)
    return connection.execute(sa.delete(blocks).where(*where)).rowcount == 1


_FIND = PreparedStatement(
    sa.select(blocks.c.subject_id).where(
        blocks.c.kind == sa.bindparam("kind"), blocks.c.subject_id == sa.bindparam("subject")
    )
)


def is_blocked(connection: Connection, kind: BlockKind, subject_id: int) -> bool:
    return _FIND.first(connection, {"kind": kind, "subject": subject_id}) is not None


def newest(connection: Connection, limit: int) -> Sequence[Block]:
    query = sa.select(blocks).order_by(blocks.c.blocked_at.desc(), blocks.c.subject_id).limit(limit)
    rows = connection.execute(query).mappings()
    return [Block(**{**row, "kind": BlockKind(row["kind"])}) for row in rows]


def count(connection: Connection) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(blocks)) or 0
