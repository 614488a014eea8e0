"""Reads from the bot's database for checks whose own subject is not the database."""

from collections.abc import Callable
from typing import TypeVar

from bot.storage.engine.database import Connection
from bot.storage.engine.read_only import read_snapshot

T = TypeVar("T")


def read_or(url: str, read: Callable[[Connection], T], otherwise: T) -> T:
    """`otherwise` before the first start, when there is no database yet. Raises DatabaseUnavailableError."""
    try:
        return read_snapshot(url, read)
    except FileNotFoundError:
        return otherwise
