"""Marks a SQLite file whose data was copied to a server, so that nobody goes on with both by mistake."""

from datetime import UTC, datetime
from pathlib import Path

from bot.storage.engine.databases.errors import DatabaseUnavailableError
from bot.storage.engine.databases.sqlite import sqlite_path
from bot.storage.engine.file_owner import write_whole


class DatabaseMovedError(DatabaseUnavailableError):
    """The data was copied to another database. Both would pay, post and count on their own."""


def moved_mark(path: Path) -> Path:
    """Where the mark is: beside the file, which stays as it is."""
    return path.with_name(f"{path.name}.moved")


def mark_moved(url: str, target: str) -> Path | None:
    """`target`: without a password. Returns the mark; None if the URL is of no file. Raises OSError."""
    path = sqlite_path(url)
    if path is None:
        return None
    mark = moved_mark(Path(path))
    write_whole(mark, f"to {target} at {datetime.now(UTC):%Y-%m-%d %H:%M} UTC\n")
    return mark


def require_not_moved(url: str) -> None:
    """Raises DatabaseMovedError. Call it before anything is written."""
    if (sentence := find_move(url)) is not None:
        raise DatabaseMovedError(sentence)


def find_move(url: str) -> str | None:
    """Where the data of the file went, and what to do, as a sentence without its full stop. None: it is still used."""
    path = sqlite_path(url)
    if path is None or not (mark := moved_mark(Path(path))).exists():
        return None
    try:
        where = mark.read_text("utf-8", errors="replace").strip()
    except OSError:
        where = "to another database"
    return (
        f"{path} was copied {where}. Set DATABASE_URL to that database. To go back to this file, and lose what was"
        f" stored there since, delete {mark}"
    )
