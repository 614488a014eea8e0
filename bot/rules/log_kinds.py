"""The kinds of entries in a server's log channel, and how long one that could not be written is still worth writing."""

from datetime import datetime, timedelta
from enum import StrEnum


class LogKind(StrEnum):
    """The values stand in the database."""

    REMIX = "remix"
    FAILURE = "failure"
    REFUSAL = "refusal"
    REPEATS = "repeats"
    """The further refusals of one person for one reason within a minute, told together when it is over."""
    CASE = "case"
    BUDGET = "budget"


FOLD_WINDOW = timedelta(minutes=1)
MAX_ENTRY_AGE = timedelta(hours=6)
"""An entry that could not be written for so long is left out of the channel. The tables have it all the same."""

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def minute_of(moment: datetime) -> datetime:
    """When the minute began within which refusals are told together."""
    return moment - (moment - _EPOCH) % FOLD_WINDOW
