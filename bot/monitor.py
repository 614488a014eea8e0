"""Watches the running bot: joins health.json, systemd and /metrics to its parts."""

import asyncio
import errno
import os
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address
from types import TracebackType
from typing import TYPE_CHECKING, Self

import structlog

from bot.monitoring.health_file import health_path
from bot.monitoring.heartbeat import Heartbeat, Signs
from bot.monitoring.systemd import Systemd
from bot.monitoring.writer_probe import WriterProbe
from bot.rules.generations import IdeogramApi
from bot.rules.roles import WHOLE, Part
from bot.settings.settings import Settings
from bot.settings.values import Listen
from bot.storage.engine.last_backup import read_last_backup
from bot.use_cases.core import Clock
from bot.use_cases.operator.operating_facts import read_operating_facts
from bot.wiring import App, utc_now

if TYPE_CHECKING:  # it needs the extra `metrics`, and imports a web server
    from bot.monitoring.exporter import Exporter

_LONGEST_LATENCY_S = 30.0

log = structlog.get_logger(__name__)


class MetricsUnavailableError(Exception):
    """METRICS_LISTEN cannot be served. The text is a sentence without its full stop."""


class Monitor:
    """Enter it with `async with` once the database is locked: a second process must not touch the first one's file.

    Raises MetricsUnavailableError, then and when it is made.
    """

    def __init__(
        self, settings: Settings, part: Part = WHOLE, clock: Clock = utc_now, systemd: Systemd | None = None
    ) -> None:
        url = settings.database_url
        self._path = settings.health_file or health_path(url, settings.picture_folder or settings.blob_dir)
        self.heartbeat = Heartbeat(
            self._path,
            lambda: _last_backup_at(url),
            clock,
            role=part.role,
            systemd=systemd or Systemd.of(os.environ),
        )
        self._beating: asyncio.Task[None] | None = None
        self._listen = settings.metrics_listen
        self.exporter = None if self._listen is None else _make_exporter(self.heartbeat, settings.ideogram_api, clock)

    async def __aenter__(self) -> Self:
        if self.exporter is not None and self._listen is not None:
            await _serve(self.exporter, self._listen)
        # The folder of the pictures comes later.
        await asyncio.to_thread(self._path.parent.mkdir, parents=True, exist_ok=True)
        await self.heartbeat.begin()
        self._beating = asyncio.create_task(self.heartbeat.run(), name="heartbeat")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)
        if self.exporter is not None:
            await self.exporter.close()
        await self.heartbeat.end()

    async def watch(self, app: App) -> None:
        database = app.core.database
        probe = WriterProbe(
            lambda: database.transaction(read_operating_facts, shared=database.is_shared),
            lambda: database.is_compacting,
        )
        shards = len(app.client.gateway.shards) if app.part.answers else 0
        self.heartbeat.attach(_signs_of(app), probe, shards)
        app.client.gateway.on_change.append(self.heartbeat.wake)
        if self.exporter is not None:
            await self.exporter.watch(app.core, lambda: app.watchers.alarms.open)

    def stopping(self) -> None:
        self.heartbeat.stopping()


def _make_exporter(heartbeat: Heartbeat, api: IdeogramApi, clock: Clock) -> "Exporter":
    try:
        from bot.monitoring.exporter import Exporter  # noqa: PLC0415 - see above
    except ModuleNotFoundError as error:
        raise MetricsUnavailableError(
            f"METRICS_LISTEN needs the package {error.name}. In the checkout, with the bot's own pip: pip install "
            "--require-hashes -r requirements/metrics.txt"
        ) from None
    return Exporter(heartbeat, api, clock)


async def _serve(exporter: "Exporter", listen: Listen) -> None:
    try:
        await exporter.serve(*listen)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        reason = "another program uses the port" if taken else error.strerror or type(error).__name__
        raise MetricsUnavailableError(f"METRICS_LISTEN cannot be {listen.host}:{listen.port}: {reason}") from None
    if not _is_loopback(listen.host):
        log.warning("METRICS_LISTEN has no password: let nobody else reach it", host=listen.host)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _signs_of(app: App) -> Callable[[], Signs]:
    def read() -> Signs:
        gateway, latency_s = app.client.gateway, app.client.latency
        return Signs(
            gateway_since=gateway.since,
            gateway_away_since=gateway.away_since,
            # Not a number before the first heartbeat is answered, infinite while one is missing. discord.py 2.7 also
            # measures from the heartbeat before, 41 s ago, if the answer is quicker than its thread.
            gateway_latency_s=latency_s if 0 <= latency_s < _LONGEST_LATENCY_S else None,
            worker_alive=app.worker_alive,
            slots_in_use=app.worker.slots_in_use,
            slots=app.rules.slots,
            shards_connected=len(gateway.connected_shards),
        )

    return read


def _last_backup_at(database_url: str) -> datetime | None:
    last = read_last_backup(database_url)
    return last.at if last else None
