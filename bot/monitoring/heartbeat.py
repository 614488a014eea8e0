"""Writes health.json and notifies systemd every 15 seconds, from the event loop: both stop when the loop hangs."""

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import structlog

from bot import __version__
from bot.monitoring.health_file import Health, Phase, write_health
from bot.monitoring.judgement import find_sickness, find_unready
from bot.monitoring.systemd import Systemd
from bot.monitoring.words import sickness_sentence, state_sentence
from bot.monitoring.writer_probe import WriterProbe
from bot.rules.roles import Role
from bot.waiting import wait_for_event

BEAT_S = 15.0
_STARTS_WITHIN = f"EXTEND_TIMEOUT_USEC={4 * int(BEAT_S) * 1_000_000}"
"""Discord may be down, or a large database may be migrated: systemd waits as long as the event loop lives."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Signs:
    """What can be read from the bot at once. Times are aware UTC; see Health."""

    gateway_since: datetime | None
    gateway_away_since: datetime | None
    gateway_latency_s: float | None
    worker_alive: bool | None
    slots_in_use: int
    slots: int
    shards_connected: int = 0


class Heartbeat:
    """`last_backup_at` reads a file: it runs in a thread, as does writing `file`, because disks can hang."""

    def __init__(
        self,
        file: Path,
        last_backup_at: Callable[[], datetime | None],
        clock: Callable[[], datetime],
        *,
        role: Role = Role.ALL,
        systemd: Systemd | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._file = file
        self._last_backup_at = last_backup_at
        self._clock = clock
        self._monotonic = monotonic
        self._systemd = systemd or Systemd()
        self._woken = asyncio.Event()
        self._read_signs: Callable[[], Signs] | None = None
        self._probe: WriterProbe | None = None
        self._has_disk = True
        now = clock()
        self.health = Health(now, monotonic(), os.getpid(), __version__, Phase.STARTING, started_at=now, role=role)

    def attach(self, read_signs: Callable[[], Signs], probe: WriterProbe, shards: int = 1) -> None:
        """From now on report on this bot. Until then it is starting. `shards`: how many there are to connect."""
        self._read_signs, self._probe = read_signs, probe
        self.health = replace(self.health, shards=shards)

    def wake(self) -> None:
        """Beat now: something has changed that others should learn soon."""
        self._woken.set()

    @property
    def interval_s(self) -> float:
        """Thrice within systemd's patience, so that one late beat ends nothing."""
        watchdog_s = self._systemd.watchdog_s
        return BEAT_S if watchdog_s is None else min(BEAT_S, watchdog_s / 3)

    async def run(self) -> None:
        """Runs until it is cancelled. The first beat is `begin`."""
        while True:
            await wait_for_event(self._woken, self.interval_s)
            self._woken.clear()
            try:
                await self.beat()
            except Exception:  # without the heartbeat a healthy bot would be restarted
                log.exception("a heartbeat failed")

    async def begin(self) -> None:
        await self._write()
        self._systemd.tell(_STARTS_WITHIN, "STATUS=Starting")

    async def beat(self) -> None:
        await self.examine()
        await self._write()
        self._notify()

    def stopping(self) -> None:
        """Paid calls are finished first, which takes minutes: the heartbeat goes on."""
        self.health = replace(self.health, phase=Phase.STOPPING)
        self._systemd.tell("STOPPING=1", "STATUS=Stopping: finishing paid remixes")

    async def end(self) -> None:
        """The last report: the bot was stopped in order."""
        if self._probe is not None:
            self._probe.stop()
        now = self._clock()
        self.health = replace(
            self.health, time=now, monotonic_s=self._monotonic(), phase=Phase.STOPPED, gateway_since=None
        )
        await self._write()

    async def examine(self) -> None:
        """Bring `health` up to date, without telling anybody."""
        if self._probe is None or self._read_signs is None:
            self.health = replace(self.health, time=self._clock(), monotonic_s=self._monotonic())
            return
        # First, because it waits: everything else is of this moment.
        await self._probe.look()
        signs, facts = self._read_signs(), self._probe.facts
        connected = (
            signs.worker_alive is not None if self.health.role == Role.WORKER else signs.gateway_since is not None
        )
        is_up = self.health.phase is Phase.STARTING and connected
        self.health = replace(
            self.health,
            time=self._clock(),
            monotonic_s=self._monotonic(),
            phase=Phase.RUNNING if is_up else self.health.phase,
            gateway_since=signs.gateway_since,
            gateway_away_since=signs.gateway_away_since,
            gateway_latency_s=signs.gateway_latency_s,
            shards_connected=signs.shards_connected,
            worker_alive=signs.worker_alive,
            writer_alive=self._probe.is_alive,
            database_away=self._probe.is_away,
            slots_in_use=signs.slots_in_use,
            slots=signs.slots,
        )
        if facts is not None:
            self.health = replace(
                self.health,
                jobs={str(state): number for state, number in facts.jobs.items()},
                oldest_queued_at=facts.oldest_queued_at,
                held=facts.held,
                paused=facts.paused,
                last_delivery_at=facts.last_delivery_at or self.health.last_delivery_at,
                slots_in_use=self.health.slots_in_use if facts.slots_in_use is None else facts.slots_in_use,
            )

    async def _write(self) -> None:
        try:
            last_backup_at = await asyncio.to_thread(self._last_backup_at)
            self.health = replace(self.health, last_backup_at=last_backup_at)
            await asyncio.to_thread(write_health, self._file, self.health)
        except OSError as error:
            if self._has_disk:
                log.warning("health.json cannot be written", error=error.strerror)
            self._has_disk = False
        else:
            self._has_disk = True

    def _notify(self) -> None:
        health = self.health
        sickness, unready = find_sickness(health, self._monotonic()), find_unready(health)
        lines = [f"STATUS={sickness_sentence(sickness, health) if sickness else state_sentence(health, unready)}"]
        if sickness is None:
            # Without it systemd restarts the bot: WatchdogSec= in the unit.
            lines.append("WATCHDOG=1")
        if health.phase is Phase.STARTING:
            lines.append(_STARTS_WITHIN)
        if health.phase is Phase.RUNNING:
            lines.append("READY=1")
        self._systemd.tell(*lines)
