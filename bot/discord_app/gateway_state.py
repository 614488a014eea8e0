"""Knows since when the bot is connected to Discord's gateway, or since when it is not."""

from collections.abc import Callable
from datetime import UTC, datetime


class GatewayState:
    """discord.py's `is_ready` stays true while it reconnects, so this counts its events instead. Times are aware UTC.

    `on_change` is called after each change, and returns at once.
    """

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self.since: datetime | None = None
        self.away_since: datetime | None = None
        self.on_change: list[Callable[[], None]] = []

    def connected(self) -> None:
        """READY or RESUMED."""
        if self.since is None:
            self.since, self.away_since = self._clock(), None
            self._changed()

    def lost(self) -> None:
        """discord.py says so once for each failed attempt to reconnect, too."""
        if self.since is not None:
            self.since, self.away_since = None, self._clock()
            self._changed()

    def _changed(self) -> None:
        for listener in self.on_change:
            listener()
