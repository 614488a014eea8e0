"""The stages in which a person's or a server's data is erased, and how often unreachable messages are tried."""

from datetime import datetime, timedelta
from enum import StrEnum


class ErasureKind(StrEnum):
    """The values are stored in the database."""

    PERSON = "person"
    SERVER = "server"


class ErasureStage(StrEnum):
    """The values are stored in the database, in this order.

    `ROWS`: prompts, names of pictures and records. `MESSAGES`: posts and log entries in Discord. `FILES`: pictures that
    were too new to delete at once, and old pages of the database.
    """

    ROWS = "rows"
    MESSAGES = "messages"
    FILES = "files"


REACH_MESSAGES_FOR = timedelta(days=3)
"""A bot that was removed from a server, or shut out of a channel, is often let in again within days."""
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=6)


def next_try(asked_at: datetime, now: datetime) -> datetime | None:
    """When to try the unreachable messages again: after as long as it has taken so far. None: give up."""
    if now - asked_at >= REACH_MESSAGES_FOR:
        return None
    return now + min(max(now - asked_at, _FIRST_WAIT), _LONGEST_WAIT)
