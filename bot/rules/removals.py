"""Who took a result down, and how a remix ends whose picture was taken down before it was shown."""

from enum import StrEnum

from bot.rules.failures import FailureKind


class Removal(StrEnum):
    """The values are stored in the database. `OWNER`: the member whose source picture it was made from."""

    MODERATOR = "moderator"
    AUTHOR = "author"
    OWNER = "owner"


def passed_on(removal: Removal) -> Removal:
    """How what others made of a picture is taken down with the first result."""
    return Removal.MODERATOR if removal is Removal.MODERATOR else Removal.OWNER


def ends_unmade(removal: Removal | None) -> FailureKind:
    """Of a remix that was still to be made. Nothing was paid, and it does not count."""
    return FailureKind.SOURCE_REMOVED if removal in {None, Removal.MODERATOR} else FailureKind.SOURCE_WITHDRAWN


def ends_unshown(removal: Removal | None) -> FailureKind:
    """Of a remix that was paid for already."""
    return FailureKind.REMOVED if removal in {None, Removal.MODERATOR} else FailureKind.WITHDRAWN
