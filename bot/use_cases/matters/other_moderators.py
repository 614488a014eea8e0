"""Finds other people who have moderated a server lately: the bot sees no list of its members."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from bot.rules.cases import BY_RULE
from bot.storage.appeals import appealable
from bot.storage.engine.database import Connection
from bot.use_cases.core import Core

_WITHIN = timedelta(days=90)
_MOST = 8


async def others_who_acted(core: Core, guild_id: int, but: Collection[int]) -> Sequence[int]:
    """Up to eight people who moderated there within 90 days, the last one first. They may have left since."""

    def read(connection: Connection) -> Sequence[int]:
        return appealable.actors_since(connection, guild_id, core.clock() - _WITHIN, _MOST)

    found = await core.database.read(read)
    return [each for each in found if each not in {BY_RULE, *but}]
