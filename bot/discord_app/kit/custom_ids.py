"""The custom ids of the buttons. They name a job but grant nothing: every click is checked against the database."""

from enum import StrEnum

# Custom ids have at most 100 characters. 18 digits always fit into SQLite's 64-bit integer.
JOB_PATTERN = r"(?P<job>[0-9]{1,18})"
# On a private reply: the card that it is about. Discord's ids have up to 20 digits.
CARD_PATTERN = r"(?::(?P<card>[0-9]{1,20}))?"


class Action(StrEnum):
    CANCEL = "cancel"
    AGAIN = "again"
    EDIT = "edit"
    REMIX = "remix"
    MORE = "more"
    DELETE = "delete"
    DELETE_FOR_GOOD = "delete-for-good"
    DETAILS = "details"
    COMPARE = "compare"
    REPORT = "report"
    COLLECT = "collect"
    SEE = "see"
    LOG_HIDE = "log-hide"
    LOG_SHOW = "log-show"
    LOG_REMOVE = "log-remove"
    LOG_WARN = "log-warn"
    LOG_BLOCK = "log-block"
    SHOW_DELETED = "show-deleted"

    def custom_id(self, job_id: int, card_id: int | None = None) -> str:
        """`card_id`: the message that shows the job, for a button elsewhere."""
        return f"remix:{self.value}:{job_id}" + (f":{card_id}" if card_id else "")

    @property
    def pattern(self) -> str:
        return f"remix:{self.value}:{JOB_PATTERN}{CARD_PATTERN}"


# On a grid: the number of the picture, from 0.
PICK_PATTERN = rf"remix:pick:(?P<number>[0-9]):{JOB_PATTERN}"
# With the speed whose price the button names.
LADDER_PATTERN = rf"remix:ladder:(?P<speed>[A-Z]{{1,10}}):{JOB_PATTERN}{CARD_PATTERN}"


def matter_id(action: str, number: int) -> str:
    """Of a button or form that is about a matter. `action`: letters and hyphens, 20 at most."""
    return f"remix:matter-{action}:{number}"


def matter_pattern(action: str) -> str:
    """The group `matter` is its number."""
    return rf"remix:matter-{action}:(?P<matter>[0-9]{{1,18}})"


ON_CARD = (Action.AGAIN, Action.EDIT, Action.REMIX, Action.MORE)
"""The buttons on the card of a result, in their order."""

ON_GRID = (Action.EDIT, Action.MORE)
"""Under the numbers of a grid. Again and Remix this are about one picture, so they are on the card of a pick."""

IN_MORE = (Action.COMPARE, Action.DETAILS, Action.REPORT, Action.DELETE)
"""The buttons on the private reply to More. Cards of earlier versions have them themselves."""
