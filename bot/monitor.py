"""Watches the running bot: joins the heartbeat to its parts."""

import asyncio
import os
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

import structlog

from bot.monitoring.health_file import health_path
from bot.monitoring.heartbeat import Heartbeat, Signs
from bot.monitoring.systemd import Systemd
from bot.monitoring.writer_probe import WriterProbe
from bot.settings.settings import Settings
from bot.storage.engine.last_backup import read_last_backup
from bot.use_cases.core import Clock
from bot.use_cases.operator.operating_facts import read_operating_facts
from bot.wiring import App, utc_now

log = structlog.get_logger(__name__)


class Monitor:
    """Enter it with `async with` once the database is locked: a second process must not touch the first one's file."""

    def __init__(self, settings: Settings, clock: Clock = utc_now, systemd: Systemd | None = None) -> None:
        url = settings.database_url
        self.heartbeat = Heartbeat(
            health_path(url), lambda: _last_backup_at(url), clock, systemd=systemd or Systemd.of(os.environ)
        )
        self._beating: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.heartbeat.begin()
        self._beating = asyncio.create_task(self.heartbeat.run(), name="heartbeat")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)
        await self.heartbeat.end()

    def watch(self, app: App) -> None:
        database = app.core.database
        probe = WriterProbe(lambda: database.transaction(read_operating_facts), lambda: database.is_compacting)
        self.heartbeat.attach(_signs_of(app), probe)
        app.client.gateway.on_change.append(self.heartbeat.wake)

    def stopping(self) -> None:
        self.heartbeat.stopping()


def _signs_of(app: App) -> Callable[[], Signs]:
    def read() -> Signs:
        gateway, latency_s = app.client.gateway, app.client.latency
        return Signs(
            gateway_since=gateway.since,
            gateway_away_since=gateway.away_since,
            # Not a number before the first heartbeat is answered, infinite while one is missing.
            gateway_latency_s=latency_s if 0 <= latency_s < float("inf") else None,
            worker_alive=app.worker_alive,
            slots_in_use=app.worker.slots_in_use,
            slots=app.rules.slots,
        )

    return read


def _last_backup_at(database_url: str) -> datetime | None:
    last = read_last_backup(database_url)
    return last.at if last else None
