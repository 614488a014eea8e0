"""A SQLite file with rows in every table, also in those that are added later."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.rules.parked_decisions import ParkedDecision
from bot.storage.engine.database import Connection, Database
from bot.storage.engine.tables import metadata
from bot.storage.engine.tables.remixes import UtcTime
from tests.integration.made_storage import START, add_job

_ALLOWED: dict[str, dict[str, object]] = {
    "servers": {"paused_reason": "stop", "paused_at": START},
    "grants": {"remixes": 3, "used": 1},
    "queue": {"id": 1},
    "blocks": {"kind": "person"},
    "decisions": {"decision": next(iter(ParkedDecision))},
    "erasures": {"kind": "person", "stage": "files"},
    "picture_requests": {"state": "open"},
}
"""Where a CHECK takes not just any value."""
_ANY: list[tuple[type[Any], object]] = [
    (UtcTime, START),
    (sa.JSON, {"é": [1, None, "\0"]}),
    (sa.Boolean, True),
    (sa.BigInteger, 2**40),
    (sa.Integer, 1),
    (sa.Text, 'a\\.\t"é\r\n\N{FOX FACE}'),
]


def fill(connection: Connection) -> None:
    """A job with its money, and beside it a row of each table that has none yet."""
    job = add_job(connection)
    for table in metadata.sorted_tables:
        if connection.scalar(sa.select(sa.exists().select_from(table))):
            continue
        values = {column.name: _value(column, job.id) for column in table.columns}
        connection.execute(sa.insert(table).values({**values, **_ALLOWED.get(table.name, {})}))


def _value(column: sa.Column[Any], job_id: int) -> object:
    if column.foreign_keys:
        return job_id if any(key.column.table.name == "jobs" for key in column.foreign_keys) else 1
    for type_, value in _ANY:
        if isinstance(column.type, type_):
            # A large number would leave no room for the next one.
            return 1 if column.primary_key and isinstance(value, int) else value
    raise TypeError(f"nobody has said what {column} can hold")


def filled_file(database_file: Path) -> str:
    """The URL of the file, which is migrated."""
    url = f"sqlite:///{database_file}"
    database = Database(url)
    database.transaction_now(fill)
    database.close()
    return url
