"""Who used how much in a server over the last days."""

import asyncio
from datetime import date, timedelta

from bot.rules.usage import ServerUsage, UsageRow
from bot.storage.engine.database import Connection
from bot.storage.engine.read_only import read_snapshot
from bot.storage.reports import server_usage
from bot.use_cases.core import Clock


class ReadUsage:
    """Beside the one connection that writes, and a day at a time: no remix waits while a long history is summed up."""

    def __init__(self, database_url: str, *, clock: Clock) -> None:
        self._url = database_url
        self._clock = clock

    async def run(self, guild_id: int, days: int, user_id: int | None = None) -> ServerUsage:
        """Of the last `days` days of UTC, today included; of one member alone where one is named."""
        today = self._clock().date()
        asked = [today - timedelta(days=back) for back in reversed(range(days))]
        used: list[UsageRow] = []
        for day in asked:
            used += await asyncio.to_thread(self._read, guild_id, day, user_id)
        return ServerUsage(asked, used)

    def _read(self, guild_id: int, day: date, user_id: int | None) -> list[UsageRow]:
        def of_day(connection: Connection) -> list[UsageRow]:
            return list(server_usage.of_day(connection, guild_id, day, user_id))

        return read_snapshot(self._url, of_day)
