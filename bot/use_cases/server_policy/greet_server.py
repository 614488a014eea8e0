"""Remembers which servers were greeted."""

from bot.storage.standing import servers
from bot.use_cases.core import Core


async def try_greet(core: Core, guild_id: int) -> bool:
    """True the first time. It is recorded before the greeting is sent, so that no server is ever greeted twice."""
    return await core.database.transaction(servers.try_greet, guild_id, core.clock())
