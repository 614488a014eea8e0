"""Knows since when the bot is connected to Discord's gateway with all its shards, or since when it is not."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime

ONLY = 0
"""The shard of a bot that has one."""


class GatewayState:
    """discord.py's `is_ready` stays true while it reconnects, so this counts its events instead. Times are aware UTC.

    `since`: all shards are connected. `away_since`: at least one is not, after all were. `on_change` is called after
    each change, and returns at once.
    """

    def __init__(
        self, shards: Collection[int] = (ONLY,), clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.shards = frozenset(shards)
        self.connected_shards: set[int] = set()
        self._clock = clock
        self.since: datetime | None = None
        self.away_since: datetime | None = None
        self.on_change: list[Callable[[], None]] = []

    def connected(self, shard: int = ONLY) -> None:
        """READY or RESUMED."""
        if shard not in self.connected_shards:
            self.connected_shards.add(shard)
            if self.connected_shards >= self.shards:
                self.since, self.away_since = self._clock(), None
            self._changed()

    def lost(self, shard: int = ONLY) -> None:
        """discord.py says so once for each failed attempt to reconnect, too."""
        if shard in self.connected_shards:
            self.connected_shards.discard(shard)
            if self.since is not None:
                self.since, self.away_since = None, self._clock()
            self._changed()

    def _changed(self) -> None:
        for listener in self.on_change:
            listener()
