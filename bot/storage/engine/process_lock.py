"""One process owns a SQLite file: a second one would post everything twice, and can corrupt the log."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from bot.storage.engine.database import sqlite_path


class DatabaseInUseError(Exception):
    """Another process holds the database."""


@contextmanager
def process_lock(url: str) -> Iterator[None]:
    """Hold the database of that address for as long as the block runs; let go even if the process is killed."""
    path = sqlite_path(url)
    if path is None:
        yield
        return
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(f"{path}.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise DatabaseInUseError(f"another remix-bot is running on {path}: stop it first") from None
    try:
        yield
    finally:
        lock.release()
