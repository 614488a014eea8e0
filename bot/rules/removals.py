"""Who took a result down."""

from enum import StrEnum


class Removal(StrEnum):
    """The values are stored in the database. `OWNER`: the member whose source picture it was made from."""

    MODERATOR = "moderator"
    AUTHOR = "author"
    OWNER = "owner"
