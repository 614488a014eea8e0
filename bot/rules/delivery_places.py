"""Shares out the places for deliveries, so that no channel and no server can take all of them."""

from collections import Counter
from collections.abc import Iterable, Sequence

MAX_DELIVERIES = 16
"""Results that are fetched and posted at once. Each takes memory: up to MAX_RESULT_MB, and as much for the upload."""

MAX_OF_SERVER = 6
"""Ten slots make at most two results a second, and a post takes about one: more would help no healthy server."""

MAX_OF_CHANNEL = 4
"""Discord takes about one message a second into a channel."""

MAX_FULL_SERVERS = MAX_DELIVERIES // MAX_OF_SERVER
MAX_FULL_CHANNELS = MAX_DELIVERIES // MAX_OF_CHANNEL
"""More cannot be full at the same time."""


class DeliveryPlaces:
    """`taken`: the channel and the server of each result that is being delivered."""

    def __init__(self, taken: Iterable[tuple[int, int]] = ()) -> None:
        self._channels: Counter[int] = Counter()
        self._servers: Counter[int] = Counter()
        for channel_id, guild_id in taken:
            self._channels[channel_id] += 1
            self._servers[guild_id] += 1

    def try_take(self, channel_id: int, guild_id: int) -> bool:
        """False: the channel or the server has no place left."""
        if self._channels[channel_id] >= MAX_OF_CHANNEL or self._servers[guild_id] >= MAX_OF_SERVER:
            return False
        self._channels[channel_id] += 1
        self._servers[guild_id] += 1
        return True

    @property
    def full_channels(self) -> Sequence[int]:
        return [channel_id for channel_id, count in self._channels.items() if count >= MAX_OF_CHANNEL]

    @property
    def full_servers(self) -> Sequence[int]:
        return [guild_id for guild_id, count in self._servers.items() if count >= MAX_OF_SERVER]
