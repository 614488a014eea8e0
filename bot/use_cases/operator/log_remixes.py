"""Logs one line for each remix that has ended or was parked: how long it took, and what it cost."""

import asyncio
from datetime import timedelta

import structlog

from bot.rules.generations import IdeogramApi
from bot.rules.job_states import JobState
from bot.storage.engine.database import Connection
from bot.storage.reports.ended_remixes import EndedRemix, ended_since, newest_event
from bot.use_cases.core import Core
from bot.use_cases.watch import Watch

_MICROS = 1_000_000
_SINCE_A_DEATH = timedelta(minutes=1)
"""At most, until another process takes over."""

log = structlog.get_logger(__name__)


class LogRemixes(Watch):
    """Reads the events of jobs, so no remix is missed and none has two lines, whatever ended it.

    The lines are written here, on the event loop's thread, and never by the database's writer thread.
    """

    pause_s = 1.0

    def __init__(self, core: Core, api: IdeogramApi) -> None:
        super().__init__()
        self._core = core
        self._api = api
        self._seen = 0
        self._looking = asyncio.Lock()
        self._taken_over = False

    async def begin(self) -> None:
        """Call it before anything can end: what ended in an earlier process has its line."""
        self._seen = await self._core.database.read_long(newest_event)

    def take_over(self) -> None:
        """Another process has written the lines until now, or until it died. A few may come twice."""
        self._taken_over = True

    async def _look(self) -> None:
        # A stop looks once more, perhaps while the background task does. Two at once would read the same events.
        async with self._looking:
            taken_over = self._taken_over
            ended, self._seen = await self._core.database.read_long(self._read, taken_over=taken_over)
            self._taken_over = self._taken_over and not taken_over
            for remix in ended:
                self._log(remix)

    def _read(self, connection: Connection, *, taken_over: bool) -> tuple[list[EndedRemix], int]:
        newest = newest_event(connection)
        # SQLite gives the numbers of the newest events again if a person who is erased has them.
        seen = min(self._seen, newest)
        if taken_over:
            seen = max(seen, newest_event(connection, before=self._core.clock() - _SINCE_A_DEATH))
        return ended_since(connection, seen), newest

    def _log(self, remix: EndedRemix) -> None:
        log.info(
            "a remix is parked" if remix.state is JobState.OUTCOME_UNKNOWN else "a remix has ended",
            job=remix.job_id,
            guild=remix.guild_id,
            outcome="parked" if remix.state is JobState.OUTCOME_UNKNOWN else remix.state.value,
            cause=remix.cause,
            speed=remix.speed.value,
            api=(remix.api or self._api).value,
            waited_s=_seconds(remix.waited),
            made_s=None if remix.made is None else _seconds(remix.made),
            total_s=_seconds(remix.total),
            cost_usd=remix.cost / _MICROS,
            unresolved_usd=remix.unresolved / _MICROS,
        )


def _seconds(duration: timedelta) -> float:
    return round(duration.total_seconds(), 3)
