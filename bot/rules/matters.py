"""What waits for a moderator's decision: a report, a result in review, an appeal, a large removal."""

from datetime import timedelta
from enum import StrEnum


class MatterKind(StrEnum):
    """The values are stored in the database."""

    REPORT = "report"
    REVIEW = "review"
    APPEAL = "appeal"
    PURGE = "purge"


CLAIM = timedelta(hours=1)
"""A claim that lasted for ever would keep everybody else from a matter whose moderator has gone to bed."""
