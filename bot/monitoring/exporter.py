"""Brings the metrics up to date when Prometheus asks. Import it only if METRICS_LISTEN is set."""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from bot.monitoring.heartbeat import Heartbeat
from bot.monitoring.metrics import Metrics
from bot.monitoring.server import CACHE_S, Server
from bot.rules.alarms import OpenAlarm
from bot.rules.generations import IdeogramApi
from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.operator import alarms
from bot.storage.reports.progress_counts import newest_event, steps_since
from bot.use_cases.core import Clock, Core

_WITHIN_S = 2.0

log = structlog.get_logger(__name__)


class Exporter:
    """Counts what happens after `watch`: a counter begins at 0 with each start of the bot."""

    def __init__(self, heartbeat: Heartbeat, api: IdeogramApi, clock: Clock, *, cache_s: float = CACHE_S) -> None:
        self._heartbeat = heartbeat
        self._metrics = Metrics(api)
        self._clock = clock
        self._server = Server(lambda: heartbeat.health, self.read_text, cache_s=cache_s)
        self._core: Core | None = None
        self._counted_to = 0
        self._open_alarms: Callable[[], Sequence[OpenAlarm]] = list
        self._shared_alarms: Sequence[OpenAlarm] = ()
        self.port: int | None = None
        """Where it serves."""

    async def serve(self, host: str, port: int) -> None:
        """Raises OSError."""
        self.port = await self._server.start(host, port)

    async def close(self) -> None:
        await self._server.close()

    async def watch(self, core: Core, open_alarms: Callable[[], Sequence[OpenAlarm]]) -> None:
        """Raises DatabaseUnavailableError."""
        self._counted_to = await core.database.read_long(newest_event)
        core.news.on_count.append(self._metrics.counted)
        self._core, self._open_alarms = core, open_alarms

    async def read_text(self) -> bytes:
        await self._heartbeat.examine()
        try:
            async with asyncio.timeout(_WITHIN_S):
                await self._count_steps()
                await self._read_alarms()
        except (DatabaseUnavailableError, TimeoutError):
            # The next scrape counts them. The gauges say that the database is in trouble.
            log.info("what has happened could not be counted yet")
        is_shared = self._core is not None and self._core.database.is_shared
        found = self._shared_alarms if is_shared else self._open_alarms()
        self._metrics.show(self._heartbeat.health, [each.alarm for each in found], self._clock())
        return self._metrics.text()

    async def _count_steps(self) -> None:
        while self._core is not None and self._heartbeat.health.writer_alive:
            if not self._core.process.leads:
                # Each process sees the steps of all, and the sum over all of them must have each once.
                self._counted_to = await self._core.database.read_long(newest_event)
                return
            found = await self._core.database.read_long(steps_since, self._counted_to)
            self._counted_to = found.newest
            for step in found.steps:
                self._metrics.step(step)
            if not found.more:
                return

    async def _read_alarms(self) -> None:
        """With several processes, the one that leads has them in memory."""
        if self._core is not None and self._core.database.is_shared and self._heartbeat.health.writer_alive:
            self._shared_alarms = await self._core.database.read_long(alarms.read_open)
