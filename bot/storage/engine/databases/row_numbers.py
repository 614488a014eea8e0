"""The last numbers of tables whose rows' numbers must not return: SQLite's AUTOINCREMENT, PostgreSQL's sequences."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.engine.tables import metadata

NUMBERED = tuple(
    table.name for table in metadata.sorted_tables if table.dialect_options["sqlite"].get("autoincrement", False)
)
"""Their numbers are in custom ids and nonces of messages, or people name the rows by them."""

_ON_SQLITE = sa.table("sqlite_sequence", sa.column("name"), sa.column("seq"))
_LAST = sa.text("SELECT pg_sequence_last_value(CAST(pg_get_serial_sequence(:name, :column) AS regclass))")
# Never undone by a rollback, which does no harm: it only leaves numbers out.
_SET = sa.text("SELECT setval(CAST(pg_get_serial_sequence(:name, :column) AS regclass), :number)")


def read_row_numbers(connection: Connection) -> Mapping[str, int]:
    if connection.dialect.name == "sqlite":
        query = sa.select(_ON_SQLITE).where(_ON_SQLITE.c.name.in_(NUMBERED))
        return {row.name: row.seq for row in connection.execute(query)}
    found = {name: connection.execute(_LAST, _sequence_of(name)).scalar_one() for name in NUMBERED}
    return {name: last for name, last in found.items() if last is not None}


def continue_row_numbers(connection: Connection) -> None:
    """On PostgreSQL, after rows were copied with their numbers: each sequence goes on behind the highest one."""
    for table in metadata.sorted_tables:
        if (column := table.autoincrement_column) is None:
            continue
        highest = connection.scalar(sa.select(sa.func.max(column)))
        if highest is not None:
            connection.execute(_SET, {"name": table.name, "column": column.name, "number": highest})


def raise_row_numbers(connection: Connection, least: Mapping[str, int]) -> None:
    """No row of these tables gets that number or a lower one."""
    present = read_row_numbers(connection)
    for name, number in least.items():
        if number <= present.get(name, 0):
            continue
        if connection.dialect.name != "sqlite":
            connection.execute(_SET, {**_sequence_of(name), "number": number})
        elif name in present:
            connection.execute(sa.update(_ON_SQLITE).where(_ON_SQLITE.c.name == name).values(seq=number))
        else:
            connection.execute(sa.insert(_ON_SQLITE).values(name=name, seq=number))


def _sequence_of(name: str) -> dict[str, str]:
    (column,) = metadata.tables[name].primary_key.columns
    return {"name": name, "column": column.name}
