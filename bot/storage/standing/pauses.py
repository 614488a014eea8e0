"""Stores the operator's pause of everything. It is separate from the hold that provider errors trigger (holds.py)."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.remixes import queue


@dataclass(frozen=True, slots=True)
class Pause:
    """`reason` is what people read, `by` a Discord id. `case_number`: only of a server's pause (servers.py)."""

    reason: str
    at: datetime
    by: int
    case_number: int | None = None


_READ = PreparedStatement(sa.select(queue.c.paused_reason, queue.c.paused_at, queue.c.paused_by))


def read(connection: Connection) -> Pause | None:
    row = _READ.one(connection)
    return Pause(row.paused_reason, row.paused_at, row.paused_by) if row.paused_reason is not None else None


def put(connection: Connection, pause: Pause) -> None:
    """Pause everything, or give another reason."""
    _write(connection, pause.reason, pause.at, pause.by)


def lift(connection: Connection) -> bool:
    """Resume. Returns True if it was paused."""
    was_paused = read(connection) is not None
    _write(connection, None, None, None)
    return was_paused


def _write(connection: Connection, reason: str | None, at: datetime | None, by: int | None) -> None:
    connection.execute(sa.update(queue).values(paused_reason=reason, paused_at=at, paused_by=by))
