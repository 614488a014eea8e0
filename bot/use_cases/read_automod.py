"""Keeps what the database knows of the servers' AutoMod rules up to date, so that every process can ask it."""

import asyncio
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

import structlog

from bot.rules.words.automod import AutoModFound
from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.standing import automod
from bot.storage.standing.automod import AutoModRead
from bot.use_cases.core import Core
from bot.use_cases.ports import AutoModReader

_OLD = timedelta(minutes=10)
"""Discord tells of changed rules, but not of a bot that may read them from now on."""
# A member waits for it before their remix is accepted.
_LONGEST_WAIT_S = 2.0
_QUIET = timedelta(minutes=1)
_MOST_KEPT = 10_000

log = structlog.get_logger(__name__)


class ReadAutoMod:
    def __init__(self, core: Core, reader: AutoModReader) -> None:
        self._core = core
        self._reader = reader
        self._due: dict[int, datetime] = {}
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def keep_fresh(self, guild_id: int) -> None:
        """Read the rules if they are old. Takes two seconds at most, and raises nothing: the known ones hold on."""
        if self._is_due(guild_id):
            async with self._turns.setdefault(guild_id, asyncio.Lock()):
                if self._is_due(guild_id):
                    await self._read_in_time(guild_id)

    async def refresh(self, guild_id: int) -> None:
        """Read them now, because they have changed or an admin looks at them."""
        async with self._turns.setdefault(guild_id, asyncio.Lock()):
            await self._read_in_time(guild_id)

    def _is_due(self, guild_id: int) -> bool:
        due = self._due.get(guild_id)
        # A due time that is far ahead tells that the clock was set back.
        return due is None or not due - _OLD <= self._core.clock() < due

    async def _read_in_time(self, guild_id: int) -> None:
        try:
            async with asyncio.timeout(_LONGEST_WAIT_S):
                found = await self._reader.read(guild_id)
            if found is not None:
                await self._core.database.transaction(automod.write, guild_id, _as_read(found, self._core.clock()))
        except (TimeoutError, DatabaseUnavailableError) as error:
            log.info("the AutoMod rules of a server could not be read", guild=guild_id, reason=type(error).__name__)
            found = None
        if len(self._due) >= _MOST_KEPT:
            self._due.clear()
        self._due[guild_id] = self._core.clock() + (_OLD if found is not None else _QUIET)


def _as_read(found: AutoModFound, now: datetime) -> AutoModRead:
    return AutoModRead(now, found.rules, found.presets)
