"""Remembers which version of our commands Discord has, by scope: an application with one server, or with all."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.engine.tables.remixes import synced_commands


@dataclass(frozen=True, slots=True)
class Synced:
    """`ids`: Discord's, by the name of the command. Earlier versions kept none."""

    fingerprint: str
    ids: Mapping[str, int] = field(default_factory=dict)


def read(connection: Connection) -> dict[str, Synced]:
    """By scope."""
    rows = connection.execute(sa.select(synced_commands))
    return {row.scope: Synced(row.fingerprint, row.ids) for row in rows}


def write(connection: Connection, scope: str, synced: Synced | None) -> None:
    """Replace what is known of that scope; None if Discord no longer has commands of ours there."""
    connection.execute(sa.delete(synced_commands).where(synced_commands.c.scope == scope))
    if synced is not None:
        row = {"scope": scope, "fingerprint": synced.fingerprint, "ids": dict(synced.ids)}
        connection.execute(sa.insert(synced_commands).values(row))
