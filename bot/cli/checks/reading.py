"""Reads from the bot's database for checks whose own subject is not the database."""

from collections.abc import Callable
from typing import TypeVar

from bot.storage.engine.database import Connection, DatabaseUnavailableError
from bot.storage.engine.read_only import read_snapshot

T = TypeVar("T")


def read_or(url: str, read: Callable[[Connection], T], otherwise: T) -> T:
    """`otherwise` before the first start, and for a damaged database: that is the finding of the check `database`."""
    try:
        return read_snapshot(url, read)
    except (DatabaseUnavailableError, OSError):
        return otherwise
