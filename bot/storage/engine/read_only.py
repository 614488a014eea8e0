"""Looks at a database that another process may be writing."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.engine.database import DatabaseUnavailableError, sqlite_path

T = TypeVar("T")


def read_snapshot(url: str, question: Callable[[Connection], T]) -> T:
    """The answer, from one consistent moment. Raises FileNotFoundError and DatabaseUnavailableError.

    It can write nothing, and it never checkpoints: a second connection that did could corrupt the log.
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
            for pragma in ("query_only=ON", "wal_autocheckpoint=0", "busy_timeout=5000"):
                connection.exec_driver_sql(f"PRAGMA {pragma}")
            connection.exec_driver_sql("BEGIN")
            return question(connection)
    except (sa.exc.DBAPIError, sqlite3.Error) as error:
        raise DatabaseUnavailableError(
            f"the database cannot be read: {getattr(error, 'orig', None) or error}"
        ) from error
    finally:
        engine.dispose()
