"""Where a remix's source comes from: a new picture, or an earlier remix."""

from enum import StrEnum


class Origin(StrEnum):
    """The values are stored in the database.

    AGAIN: the same inputs as the parent. EDIT: the parent's source with other options. RESULT: the source is a result
    of the parent. LADDER: the parent's source and prompt at four weights.
    """

    UPLOAD = "upload"
    AGAIN = "again"
    EDIT = "edit"
    RESULT = "result"
    LADDER = "ladder"
