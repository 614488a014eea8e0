"""Stores who wants nobody else to make remixes of their pictures."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.privacy import opt_outs

_SINCE = PreparedStatement(sa.select(opt_outs.c.since).where(opt_outs.c.user_id == sa.bindparam("person")))


def since(connection: Connection, user_id: int) -> datetime | None:
    """None: the person has not opted out."""
    found: datetime | None = _SINCE.scalar(connection, {"person": user_id})
    return found


def add(connection: Connection, user_id: int, now: datetime) -> None:
    """Keeps the first time."""
    if since(connection, user_id) is None:
        connection.execute(sa.insert(opt_outs).values(user_id=user_id, since=now))


def remove(connection: Connection, user_id: int) -> None:
    connection.execute(sa.delete(opt_outs).where(opt_outs.c.user_id == user_id))
