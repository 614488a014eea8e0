"""Reads from a database while another process may be writing to it."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.engine.database import DatabaseUnavailableError, sqlite_path

T = TypeVar("T")


def read_snapshot(url: str, read: Callable[[Connection], T]) -> T:
    """Run `read` on one consistent snapshot and return its result.

    Raises FileNotFoundError, and DatabaseUnavailableError if the file cannot be read.
    """
    path = sqlite_path(url)
    if path is None or not Path(path).is_file():
        raise FileNotFoundError(f"there is no database at {path}")
    address = f"{Path(path).absolute().as_uri()}?mode=ro"
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
            # Without a transaction each statement would see its own moment.
            connection.exec_driver_sql("BEGIN")
            return read(connection)
    except (sa.exc.DBAPIError, sqlite3.Error) as error:
        raise DatabaseUnavailableError(
            f"the database cannot be read: {getattr(error, 'orig', None) or error}"
        ) from error
    finally:
        engine.dispose()
