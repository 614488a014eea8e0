"""Decides what follows when a person cancels often, fails often for nothing, or is often refused as unsafe."""

from datetime import timedelta
from enum import StrEnum


class StrikeKind(StrEnum):
    """The values are stored in the database."""

    CANCELLED = "cancelled"
    GIVEN_BACK = "given_back"
    """Ideogram rejected the remix, or nobody knows what became of it. The first ones cost their author nothing."""
    SAFETY = "safety"


KEPT_FOR = timedelta(hours=24)
"""No strike counts for longer, and none is stored for longer."""

CANCEL_WINDOW = timedelta(minutes=10)
_FREE_CANCELS = 2
_FREE_FAILURES = 2

SAFETY_REFUSALS = 3
"""How many within KEPT_FOR block a member, in a server that has set nothing."""

BLOCKED_FOR = timedelta(hours=24)


def keeps_cooldown(earlier_cancels: int) -> bool:
    """Whether one more cancelled remix keeps its cooldown. `earlier_cancels`: those within CANCEL_WINDOW."""
    return earlier_cancels >= _FREE_CANCELS


def is_given_back(*, earlier_of_person: int, earlier_of_picture: int) -> bool:
    """Whether one more failure costs its author nothing. The picture's failures count whoever sent it."""
    return earlier_of_person < _FREE_FAILURES and earlier_of_picture < _FREE_FAILURES


def blocks(refusals: int, limit: int) -> bool:
    """Whether that many safety refusals within KEPT_FOR block the person. A limit of 0 never does."""
    return 0 < limit <= refusals
