"""The kinds of entries in a server's log channel, and for how long an entry is still worth writing."""

from datetime import datetime, timedelta
from enum import StrEnum


class LogKind(StrEnum):
    """The values are stored in the database."""

    REMIX = "remix"
    FAILURE = "failure"
    REFUSAL = "refusal"
    REPEATS = "repeats"
    """One entry for all further refusals of a member for one reason within the same minute."""
    CASE = "case"
    SAFETY = "safety"
    """A member is blocked by rule, because Ideogram refused many of their remixes as unsafe."""
    REASON = "reason"
    """The reason of a case was changed."""
    HELD_BACK = "held_back"
    """Its author alone has a result: a word or a picture is not allowed any more, or it was published in vain."""
    MATTER = "matter"
    """The card of a matter that a moderator decides. It is alone in its message, with a picture and buttons."""
    BUDGET = "budget"
    DELETION = "deletion"


# One member who repeats a refused command would otherwise fill the channel and use up its rate limit.
FOLD_WINDOW = timedelta(minutes=1)
MAX_ENTRY_AGE = timedelta(hours=6)
"""An entry that is older is not written to the channel any more. The database still has what it is about."""

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def minute_of(moment: datetime) -> datetime:
    """The start of the minute whose refusals share one entry."""
    return moment - (moment - _EPOCH) % FOLD_WINDOW
