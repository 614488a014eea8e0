"""Reads from a database while another process may be writing to it."""

import sqlite3
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.engine.databases import postgresql
from bot.storage.engine.databases.errors import DatabaseUnavailableError
from bot.storage.engine.databases.sqlite import sqlite_path

T = TypeVar("T")


_STEPS_BETWEEN_LOOKS = 100_000
"""Of SQLite's virtual machine: a look at the clock every few milliseconds."""


class NoDatabaseError(FileNotFoundError):
    """There is no file where DATABASE_URL says, or on PostgreSQL no table yet."""


def existing_database(url: str) -> Path:
    """The file of the database. Raises NoDatabaseError."""
    path = sqlite_path(url)
    if path is None or not Path(path).is_file():
        raise NoDatabaseError(
            f"there is no database at {path}. The first `remix-bot run` makes it. If the bot has run before, use its "
            "folder, or set DATABASE_URL"
        )
    return Path(path)


def require_existing(url: str) -> None:
    """Raises NoDatabaseError, and on PostgreSQL DatabaseUnavailableError."""
    if postgresql.is_postgresql(url):
        read_snapshot(url, lambda _connection: None)
    else:
        existing_database(url)


def read_snapshot(url: str, read: Callable[[Connection], T], *, within_s: float | None = None) -> T:
    """Run `read` on one consistent snapshot and return its result.

    Raises NoDatabaseError, DatabaseUnavailableError if the database cannot be read, and TimeoutError if `read` has not
    ended after `within_s` seconds.
    """
    if postgresql.is_postgresql(url):
        return postgresql.read_snapshot(url, partial(_read_tables, url, read), within_s)
    stop_at = None if within_s is None else time.monotonic() + within_s
    address = f"{existing_database(url).absolute().as_uri()}?mode=ro"
    engine = sa.create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(address, uri=True, isolation_level=None),
        poolclass=sa.NullPool,
        hide_parameters=True,
    )
    try:
        with engine.connect() as connection:
            # This connection must never checkpoint. SQLite before 3.51.3 can corrupt the log when two connections write
            # or checkpoint at the same moment: https://www.sqlite.org/wal.html#walresetbug
            for pragma in ("query_only=ON", "wal_autocheckpoint=0", "busy_timeout=5000"):
                connection.exec_driver_sql(f"PRAGMA {pragma}")
            if stop_at is not None:
                _stop_at(connection, stop_at)
            # Without a transaction each statement would see its own moment.
            connection.exec_driver_sql("BEGIN")
            return read(connection)
    except (sa.exc.DBAPIError, sqlite3.Error) as error:
        if stop_at is not None and time.monotonic() > stop_at:
            raise TimeoutError(f"it took longer than {within_s} s") from error
        raise DatabaseUnavailableError(
            f"the database cannot be read: {getattr(error, 'orig', None) or error}"
        ) from error
    finally:
        engine.dispose()


def _read_tables(url: str, read: Callable[[Connection], T], connection: Connection) -> T:
    if connection.exec_driver_sql("SELECT to_regclass('alembic_version')").scalar_one() is None:
        raise NoDatabaseError(f"there are no tables at {postgresql.shown(url)} yet: start the bot, or set DATABASE_URL")
    return read(connection)


def _stop_at(connection: Connection, moment: float) -> None:
    driver = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        # A thread cannot be stopped from outside, but SQLite gives up a statement if this returns true:
        # https://www.sqlite.org/c3ref/progress_handler.html
        driver.set_progress_handler(lambda: time.monotonic() > moment, _STEPS_BETWEEN_LOOKS)
