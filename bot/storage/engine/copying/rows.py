"""Copies all rows of a SQLite file into the empty tables of a PostgreSQL database."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.progress import Progress, Step, unseen
from bot.storage.engine.copying.values import Check, Replaced, UnfitValueError, decode
from bot.storage.engine.databases import postgresql
from bot.storage.engine.databases.errors import (
    CannotConnectError,
    DatabaseUnavailableError,
    OutcomeUnknownError,
)
from bot.storage.engine.databases.row_numbers import continue_row_numbers, raise_row_numbers, read_row_numbers
from bot.storage.engine.databases.work_queue import NOTHING_STORED, driver_message
from bot.storage.engine.tables import metadata
from bot.storage.engine.tables.remixes import queue

_VERSION = "alembic_version"
_AT_ONCE = 1_000
"""Rows in memory."""


class NotEmptyError(Exception):
    """There is data in the database that should take the copy."""


@dataclass(frozen=True, slots=True)
class CopiedRows:
    """Rows by table, and how many texts of a column (`jobs.prompt`) have a replaced character."""

    rows: Mapping[str, int]
    replaced: Mapping[str, int]


@contextmanager
def empty_target(url: str) -> Iterator[Connection]:
    """A transaction on the migrated database at that URL. Nobody else writes to it meanwhile. The block commits.

    Raises NotEmptyError, CannotConnectError, and DatabaseUnavailableError: then nothing is stored.
    """
    with _connected(url) as connection:
        _require_empty(connection, url)
        yield connection


def has_tables(url: str) -> bool:
    """Whether a bot has made its tables in the database at that URL. Raises what `empty_target` raises."""
    with _connected(url) as connection:
        return sa.inspect(connection).has_table(_VERSION)


def drop_tables(url: str) -> None:
    """Take the bot's tables out of the database at that URL. Raises what `empty_target` raises."""
    with _connected(url) as connection:
        metadata.drop_all(connection)
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {_VERSION}")
        connection.commit()


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = postgresql.make_engine(url)
    try:
        try:
            connection = engine.connect()
        except sa.exc.DBAPIError as error:
            raise CannotConnectError(f"{postgresql.shown(url)} cannot be used: {driver_message(error)}") from error
        with connection:
            try:
                connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
                postgresql.one_at_a_time(connection)
                yield connection
            except sa.exc.DBAPIError as error:
                raise DatabaseUnavailableError(f"{NOTHING_STORED}{driver_message(error)}") from error
    finally:
        engine.dispose()


def _require_empty(connection: Connection, url: str) -> None:
    """A migration has put the one row of `queue` there, which takes the place of the copied one."""
    connection.execute(sa.delete(queue))
    for table in metadata.sorted_tables:
        if connection.scalar(sa.select(sa.exists().select_from(table))):
            raise NotEmptyError(f"the table {table.name} of {postgresql.shown(url)} has rows. Name an empty database")


def copy_rows(source: Connection, target: Connection, progress: Progress = unseen) -> CopiedRows:
    """Returns once the rows of both are counted and are the same. The caller commits.

    Raises UnfitValueError, DatabaseUnavailableError, and sqlite3.Error if `source` cannot be read.
    """
    reader = source.connection.driver_connection
    if not isinstance(reader, sqlite3.Connection):
        raise TypeError("only a SQLite file can be copied")
    reader.text_factory = decode
    replaced, done = Replaced(), 0
    there = {table.name: _count(source, table) for table in metadata.sorted_tables}
    for table in metadata.sorted_tables:
        for some in _copy_table(reader, target, table, replaced):
            done += some
            progress(Step.COPY_ROWS, done, sum(there.values()))
    continue_row_numbers(target)
    raise_row_numbers(target, read_row_numbers(source))
    # Without it the first queries of the bot, and the audit of the copy, do not know how large the tables are.
    target.exec_driver_sql(f"ANALYZE {', '.join(_quoted(target, table)[0] for table in metadata.sorted_tables)}")
    copied = {table.name: _count(target, table) for table in metadata.sorted_tables}
    if other := [name for name in there if there[name] != copied[name]]:
        raise DatabaseUnavailableError(f"{NOTHING_STORED}not all rows arrived in {', '.join(other)}")
    return CopiedRows(copied, replaced.texts)


def commit(target: Connection) -> None:
    """Raises OutcomeUnknownError."""
    try:
        target.commit()
    except sa.exc.DBAPIError as error:
        raise OutcomeUnknownError(f"it is unknown whether it was stored: {driver_message(error)}") from error


def _count(connection: Connection, table: sa.Table) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def _copy_table(reader: sqlite3.Connection, target: Connection, table: sa.Table, replaced: Replaced) -> Iterator[int]:
    """Yields how many rows were copied since the last time."""
    name, columns = _quoted(target, table)
    checks = [replaced.check_of(column) for column in table.columns]
    driver: Any = target.connection.driver_connection
    errors: type[Exception] = target.dialect.loaded_dbapi.Error
    try:
        with (
            closing(reader.execute(f"SELECT {columns} FROM {name}")) as rows,  # noqa: S608 - our own names
            driver.cursor() as cursor,
            cursor.copy(f"COPY {name} ({columns}) FROM STDIN") as copy,
        ):
            while some := rows.fetchmany(_AT_ONCE):
                for row in some:
                    copy.write_row(_checked(table, checks, row))
                yield len(some)
    except errors as error:
        # What the server says first has no values of the row; those are in its DETAIL.
        reason = getattr(getattr(error, "diag", None), "message_primary", None) or driver_message(error)
        raise DatabaseUnavailableError(f"{NOTHING_STORED}{table.name}: {reason}") from error


def _quoted(target: Connection, table: sa.Table) -> tuple[str, str]:
    """The table and its columns, as both databases read them."""
    preparer = target.dialect.identifier_preparer
    return preparer.format_table(table), ", ".join(preparer.format_column(column) for column in table.columns)


def _checked(table: sa.Table, checks: Sequence[Check], row: Sequence[object]) -> list[object]:
    try:
        return [check(value) for check, value in zip(checks, row, strict=True)]
    except ValueError:
        raise _unfit(table, checks, row) from None


def _unfit(table: sa.Table, checks: Sequence[Check], row: Sequence[object]) -> UnfitValueError:
    by_column = dict(zip(table.columns, row, strict=True))
    # A key that is no number may be what somebody typed.
    key = [f"{column.name} {by_column[column]}" for column in table.primary_key if type(by_column[column]) is int]
    where = f" of the row with {', '.join(key)}" if key else ""
    for check, (column, value) in zip(checks, by_column.items(), strict=True):
        try:
            check(value)
        except ValueError as error:
            return UnfitValueError(f"{NOTHING_STORED}{column.name}{where} in {table.name} {error}")
    raise AssertionError("each value is fit")
