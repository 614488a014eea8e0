"""Remembers beside the database how far its ledger has come, so that a start notices an older copy in its place."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from bot.storage.engine.database import Connection
from bot.storage.engine.databases.errors import DatabaseUnavailableError
from bot.storage.engine.databases.sqlite import sqlite_path
from bot.storage.engine.file_owner import write_whole
from bot.storage.engine.tables.remixes import ledger_entries


class DatabaseOlderError(DatabaseUnavailableError):
    """The database lacks what the bot has stored here before. Working with it would pay and post twice."""


def newest_file(path: Path) -> Path:
    """Where it is remembered."""
    return path.with_name(f"{path.name}.newest")


def newest_entry(connection: Connection) -> int:
    """The number of the last entry of the ledger. Entries are never deleted, so it only grows."""
    return connection.scalar(sa.select(sa.func.max(ledger_entries.c.id))) or 0


def remember_newest(url: str, entry: int) -> None:
    """Raises OSError."""
    path = sqlite_path(url)
    if path is None or entry <= _remembered(Path(path)):
        return
    write_whole(newest_file(Path(path)), json.dumps({"ledger_entry": entry}) + "\n")


def require_newest(url: str) -> None:
    """Raises DatabaseOlderError."""
    path = sqlite_path(url)
    if path is None:
        return
    remembered, found = _remembered(Path(path)), _stored(Path(path))
    if found < remembered:
        raise DatabaseOlderError(
            f"{path} is older than it was: its ledger ends at entry {found}, and the bot has written {remembered}. If a"
            " backup was copied here, run `remix-bot restore --in-place`, so that nothing is paid or posted twice. To"
            f" start with an empty database, delete {newest_file(Path(path))}"
        )


def _remembered(path: Path) -> int:
    try:
        return int(json.loads(newest_file(path).read_text("utf-8"))["ledger_entry"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _stored(path: Path) -> int:
    if not path.is_file():
        return 0
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as reader:
            return reader.execute("SELECT coalesce(max(id), 0) FROM ledger_entries").fetchone()[0]  # type: ignore[no-any-return]  # one number
    except sqlite3.Error:
        # Empty, or of a version that had no ledger yet.
        return 0
