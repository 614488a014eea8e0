"""Which form of our commands Discord was last told, by scope (an application and a server, or all of them)."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.engine.tables import synced_commands


def read(connection: Connection) -> dict[str, str]:
    """Fingerprints by scope."""
    rows = connection.execute(sa.select(synced_commands.c.scope, synced_commands.c.fingerprint))
    return {row.scope: row.fingerprint for row in rows}


def write(connection: Connection, scope: str, fingerprint: str | None) -> None:
    """None: Discord has no commands of ours there any more."""
    connection.execute(sa.delete(synced_commands).where(synced_commands.c.scope == scope))
    if fingerprint is not None:
        connection.execute(sa.insert(synced_commands).values(scope=scope, fingerprint=fingerprint))
