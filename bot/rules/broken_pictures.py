"""Counts the broken pictures of each person, so that nobody sends many of them for nothing."""

from collections import defaultdict, deque
from datetime import datetime, timedelta

from bot.rules.refusals import Reason

BROKEN = frozenset({Reason.PICTURE_UNREADABLE, Reason.PICTURE_TOO_MANY_PIXELS})
_FREE = 2
_WITHIN = timedelta(minutes=10)
_MOST_PEOPLE = 10_000


class BrokenPictures:
    """In memory, because a restart forgives at most two pictures, while a row for each would let anybody write rows.

    The cooldown that follows is in the database, as every cooldown is. Each process counts what it has decoded.
    """

    def __init__(self) -> None:
        self._times: defaultdict[int, deque[datetime]] = defaultdict(lambda: deque(maxlen=_FREE + 1))

    def add(self, user_id: int, now: datetime) -> bool:
        """Whether it is one too many: more than two within ten minutes, by the bot's clock."""
        if len(self._times) >= _MOST_PEOPLE and user_id not in self._times:
            self._times.clear()
        times = self._times[user_id]
        times.append(now)
        return len(times) > _FREE and now - times[0] < _WITHIN
