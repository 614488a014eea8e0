"""What happens to a job whose paid call has an unknown outcome."""

from datetime import timedelta
from enum import StrEnum

RETRY_ONCE_AFTER = timedelta(seconds=30)
"""The pause before the only retry. The provider has just failed, and an earlier retry would likely fail too."""


class OnUnknownOutcome(StrEnum):
    """The operator's choice. `RETRY_ONCE` may pay twice for the same remix."""

    PARK = "park"
    RETRY_ONCE = "retry_once"


def should_retry(choice: OnUnknownOutcome, *, asked_again_before: bool) -> bool:
    """Whether to call again automatically. If not, the job is parked, and the operator decides."""
    return choice is OnUnknownOutcome.RETRY_ONCE and not asked_again_before
