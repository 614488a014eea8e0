"""How a database is named to people: where it is, without a password."""

from pathlib import Path

from bot.storage.engine.databases import postgresql
from bot.storage.engine.databases.sqlite import sqlite_path


def shown_database(url: str) -> str:
    """The whole path of a file, or the server's address and the database's name."""
    if postgresql.is_postgresql(url):
        return postgresql.shown(url)
    return str(Path(sqlite_path(url) or "").resolve())
