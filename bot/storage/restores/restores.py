"""Records that a backup took the place of the database, and what was spent between the two."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.engine.tables.restores import gap_spending, restores
from bot.storage.remixes import spending


@dataclass(frozen=True, slots=True)
class NewRestore:
    """One row of `restores`. `last_job`: no job gets this number or a lower one again."""

    restored_at: datetime
    backup_at: datetime
    known_until: datetime | None
    last_job: int


def add(connection: Connection, new: NewRestore) -> int:
    """Returns its number."""
    values = {
        "restored_at": new.restored_at,
        "backup_at": new.backup_at,
        "known_until": new.known_until,
        "last_job": new.last_job,
    }
    number: int = connection.execute(sa.insert(restores).values(values).returning(restores.c.id)).scalar_one()
    return number


def add_gap(connection: Connection, restore: int, spent_at: datetime, micros: int, guild_id: int | None = None) -> None:
    """Record what was spent in the gap before that restore. It counts against the budgets of that day and month.

    `micros`: micro-dollars. `guild_id` None: nobody knows in which server.
    """
    values: Mapping[str, object] = {"restore_id": restore, "spent_at": spent_at, "guild_id": guild_id, "micros": micros}
    connection.execute(sa.insert(gap_spending).values(values))
    spending.add(connection, guild_id, spent_at, micros)
