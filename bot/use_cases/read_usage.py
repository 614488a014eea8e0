"""Who used how much in a server over the last days."""

from datetime import timedelta

from bot.rules.usage import Usage, Used
from bot.storage import server_usage
from bot.storage.database import Database
from bot.use_cases.interfaces import Clock


class ReadUsage:
    """A day at a time: nobody's remix waits while a long history is summed up."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run(self, guild_id: int, days: int, user_id: int | None = None) -> Usage:
        """Of the last `days` days of UTC, today included; of one member alone where one is named."""
        today = self._clock().date()
        asked = [today - timedelta(days=back) for back in reversed(range(days))]
        used: list[Used] = []
        for day in asked:
            used += await self._database.transaction(server_usage.of_day, guild_id, day, user_id)
        return Usage(asked, used)
