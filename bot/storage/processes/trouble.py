"""Stores why the last paid call of all processes was not taken, for those that make none themselves."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.failures import ProviderProblem
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.remixes import queue

_READ = PreparedStatement(sa.select(queue.c.trouble))


def read(connection: Connection) -> ProviderProblem | None:
    found = _READ.scalar(connection)
    return ProviderProblem(found) if found else None


def write(connection: Connection, problem: ProviderProblem | None) -> None:
    if read(connection) is not problem:
        connection.execute(sa.update(queue).values(trouble=problem))
