"""What becomes of a paid call whose outcome nobody knows."""

from datetime import timedelta
from enum import StrEnum

RETRY_ONCE_AFTER = timedelta(seconds=30)
"""A provider that has just failed is left alone for so long: there is one repetition only."""


class OnUnknownOutcome(StrEnum):
    """The operator's choice. `RETRY_ONCE` may pay a second time for what was made already."""

    PARK = "park"
    RETRY_ONCE = "retry_once"


def should_retry(choice: OnUnknownOutcome, *, asked_again_before: bool) -> bool:
    """False: it is parked, and the operator decides. Never asked again twice by itself."""
    return choice is OnUnknownOutcome.RETRY_ONCE and not asked_again_before
