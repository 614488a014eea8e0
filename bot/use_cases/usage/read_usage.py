"""Reads how much each member of a server used over the last days."""

import asyncio
from datetime import timedelta

from bot.rules.usage import ServerUsage, UsageRow
from bot.storage.engine.database import Connection
from bot.storage.engine.read_only import read_snapshot
from bot.storage.reports import server_usage
from bot.use_cases.core import Core


async def read_usage(core: Core, guild_id: int, days: int, user_id: int | None = None) -> ServerUsage:
    """The last `days` UTC days including today, of all members or of one.

    It reads on a connection of its own, because on the one that writes every remix would wait for a long report.
    """
    today = core.clock().date()
    asked = [today - timedelta(days=back) for back in reversed(range(days))]

    def read(connection: Connection) -> list[UsageRow]:
        # A query for each day finds its rows by index; one query for all days would group by a function of the time.
        return [row for day in asked for row in server_usage.of_day(connection, guild_id, day, user_id)]

    return ServerUsage(asked, await asyncio.to_thread(read_snapshot, core.database.url, read))
