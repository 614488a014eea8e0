"""When a removal of many results waits for a second moderator, and how that ends."""

from datetime import timedelta
from enum import StrEnum

WAITS_FOR = timedelta(hours=24)
"""After that nothing is removed, and whoever still wants it asks again."""

COUNTED_WITHIN = timedelta(hours=1)
"""What the same moderator purged within that time counts too: else ten times ten results would need nobody."""


class PurgeState(StrEnum):
    """The values are stored in the database, and are the outcomes of the card. `OVER`: nobody decided in time."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    NOTHING_LEFT = "nothing_left"
    OVER = "over"


def needs_second(limit: int | None, results: int, earlier: int) -> bool:
    """`limit`: what the server has set; None: never. `earlier`: purged by the same moderator within COUNTED_WITHIN."""
    return limit is not None and results + earlier > limit
