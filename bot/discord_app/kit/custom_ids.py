"""The names of our buttons. They carry a job's number and no authority: every click is checked against the database."""

from enum import StrEnum

JOB_PATTERN = r"(?P<job>[0-9]{1,18})"


class Action(StrEnum):
    CANCEL = "cancel"
    AGAIN = "again"
    DELETE = "delete"
    DETAILS = "details"
    COMPARE = "compare"
    COLLECT = "collect"
    LOG_HIDE = "log-hide"
    LOG_REMOVE = "log-remove"
    LOG_BLOCK = "log-block"

    def custom_id(self, job_id: int) -> str:
        return f"remix:{self.value}:{job_id}"

    @property
    def pattern(self) -> str:
        return f"remix:{self.value}:{JOB_PATTERN}"
