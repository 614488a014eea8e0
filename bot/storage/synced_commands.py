"""Which form of our commands Discord was last told, for each scope (`global` or a server's id)."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.tables import synced_commands


def read(connection: Connection, scope: str) -> str | None:
    query = sa.select(synced_commands.c.fingerprint).where(synced_commands.c.scope == scope)
    fingerprint: str | None = connection.scalar(query)
    return fingerprint


def write(connection: Connection, scope: str, fingerprint: str) -> None:
    connection.execute(sa.delete(synced_commands).where(synced_commands.c.scope == scope))
    connection.execute(sa.insert(synced_commands).values(scope=scope, fingerprint=fingerprint))
