"""The custom ids of the buttons. They name a job but grant nothing: every click is checked against the database."""

from enum import StrEnum

# Custom ids have at most 100 characters. 18 digits always fit into SQLite's 64-bit integer.
JOB_PATTERN = r"(?P<job>[0-9]{1,18})"


class Action(StrEnum):
    CANCEL = "cancel"
    AGAIN = "again"
    DELETE = "delete"
    DETAILS = "details"
    COMPARE = "compare"
    COLLECT = "collect"
    LOG_HIDE = "log-hide"
    LOG_SHOW = "log-show"
    LOG_REMOVE = "log-remove"
    LOG_WARN = "log-warn"
    LOG_BLOCK = "log-block"

    def custom_id(self, job_id: int) -> str:
        return f"remix:{self.value}:{job_id}"

    @property
    def pattern(self) -> str:
        return f"remix:{self.value}:{JOB_PATTERN}"


ON_CARD = (Action.AGAIN, Action.COMPARE, Action.DETAILS, Action.DELETE)
"""The buttons on the card of a result, in their order."""
