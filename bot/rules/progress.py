"""Names the parts of long work on the command line, so that it can show how far it has come."""

from enum import StrEnum
from typing import Protocol


class Step(StrEnum):
    """A part of the work. `bot/cli/kit/progress.py` has its words."""

    COPY_DATABASE = "copy_database"
    CHECK_DATABASE = "check_database"
    MIGRATE = "migrate"
    COPY_ROWS = "copy_rows"
    COPY_PICTURES = "copy_pictures"
    CHECK_PICTURES = "check_pictures"
    MOVE_PICTURES = "move_pictures"
    AUDIT = "audit"


class Progress(Protocol):
    """Hears how much of a step is done. `total` None: nobody knows how much there is."""

    def __call__(self, step: Step, done: int, total: int | None, /) -> None: ...


def unseen(_step: Step, _done: int, _total: int | None, /) -> None:
    """The Progress that shows nothing."""
