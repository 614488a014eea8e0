"""Remembers which version of our commands Discord has, by scope: an application with one server, or with all."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.engine.tables import synced_commands


def read(connection: Connection) -> dict[str, str]:
    """Fingerprints by scope."""
    rows = connection.execute(sa.select(synced_commands.c.scope, synced_commands.c.fingerprint))
    return {row.scope: row.fingerprint for row in rows}


def write(connection: Connection, scope: str, fingerprint: str | None) -> None:
    """Replace the fingerprint; None if Discord no longer has commands of ours in that scope."""
    connection.execute(sa.delete(synced_commands).where(synced_commands.c.scope == scope))
    if fingerprint is not None:
        connection.execute(sa.insert(synced_commands).values(scope=scope, fingerprint=fingerprint))
