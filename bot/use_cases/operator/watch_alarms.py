"""Finds out which troubles the bot has, and raises the alarms about them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.alarms import Alarm
from bot.storage.engine.database import Connection
from bot.storage.engine.last_backup import LastBackup, read_last_backup
from bot.storage.remixes import holds, parked, results
from bot.storage.remixes.holds import Hold
from bot.use_cases.core import Core
from bot.use_cases.operator.alarms import Alarms
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.watch import Watch

_MB = 1_000_000
_ROOM_AGAIN = 1.1
"""How much of the needed space has to be free to end the alarm. With 1, each picture could end it or begin it again."""

_PICTURE_ERROR_COUNTS = timedelta(minutes=15)
"""How long after it failed: a paid result is written again within ten minutes, and else there is nothing to write."""

_LATE_AFTER = timedelta(minutes=20)
"""Most are posted within seconds, and what fails is tried about ten times by then."""


@dataclass(frozen=True, slots=True)
class _Troubles:
    parked: int
    late: int
    hold: Hold | None


class WatchAlarms(Watch):
    """What it looks at is on record, so it also finds what happened in an earlier process, or just before a crash."""

    # News comes several times for every remix.
    pause_s = 0.5
    look_again_s = 15.0

    def __init__(self, core: Core, rules: OperatorRules, alarms: Alarms, *, free_bytes: Callable[[], int]) -> None:
        super().__init__()
        self._core = core
        self._needed = rules.min_free_bytes
        self._backup_max_age = rules.backup_max_age
        self.alarms = alarms
        self._free_bytes = free_bytes
        self._picture_error: tuple[str, datetime] | None = None

    async def _look(self) -> None:
        # The disk comes first, because without it the database may not answer.
        await self._look_at_disk()
        self._look_at_pictures()
        if not self.alarms.has_shared:
            return
        await self._look_at_backup()
        found = await self._core.database.read_long(_read, self._core.clock())
        self._tell_of_count(Alarm.PARKED, found.parked)
        # While a host is refused, that alarm says why they are late.
        self._tell_of_count(Alarm.RESULTS_LATE, 0 if found.hold and found.hold.is_for_host else found.late)
        self._tell_of_hold(found.hold)
        if self._core.process.name:
            await self.alarms.forget_of_gone()

    async def _look_at_disk(self) -> None:
        try:
            free = await asyncio.to_thread(self._free_bytes)
        except OSError as error:
            self.alarms.raise_(Alarm.DISK_LOW, error=error.strerror or type(error).__name__)
            return
        is_open = any(each.alarm is Alarm.DISK_LOW for each in self.alarms.open)
        if free < self._needed * (_ROOM_AGAIN if is_open else 1):
            self.alarms.raise_(Alarm.DISK_LOW, free_mb=free // _MB, needed_mb=self._needed // _MB)
        elif (failed := self._core.database.write_error or self._error_of_pictures()) is not None:
            self.alarms.raise_(Alarm.DISK_LOW, error=failed)
        else:
            self.alarms.clear(Alarm.DISK_LOW)

    def _look_at_pictures(self) -> None:
        if (reason := self._core.blobs.away_reason) is not None:
            self.alarms.raise_(Alarm.PICTURES_AWAY, error=reason)
        else:
            self.alarms.clear(Alarm.PICTURES_AWAY)

    def _error_of_pictures(self) -> str | None:
        now = self._core.clock()
        if (error := self._core.blobs.take_write_error()) is not None:
            self._picture_error = error, now
        if self._picture_error is None or not now < self._picture_error[1] + _PICTURE_ERROR_COUNTS:
            return None
        return self._picture_error[0]

    async def _look_at_backup(self) -> None:
        if self._backup_max_age is None:
            self.alarms.clear(Alarm.BACKUP_OLD)
            return
        last = await asyncio.to_thread(read_last_backup, self._core.database.url)
        if last is not None and self._core.clock() < last.at + self._backup_max_age:
            self.alarms.clear(Alarm.BACKUP_OLD)
        else:
            self.alarms.raise_(Alarm.BACKUP_OLD, "", **_backup_facts(last, self._backup_max_age))

    def _tell_of_count(self, alarm: Alarm, count: int) -> None:
        if count:
            self.alarms.raise_(alarm, count=count)
        else:
            self.alarms.clear(alarm)

    def _tell_of_hold(self, hold: Hold | None) -> None:
        """Each trouble is an alarm of its own: one may end as another begins."""
        problem, host = (hold.problem, hold.host) if hold is not None else (None, None)
        self.alarms.clear_others(Alarm.QUEUE_HELD, {problem})
        self.alarms.clear_others(Alarm.LINK_HOST, {host})
        if problem is not None:
            self.alarms.raise_(Alarm.QUEUE_HELD, problem)
        if host is not None:
            self.alarms.raise_(Alarm.LINK_HOST, host)


def _backup_facts(last: LastBackup | None, max_age: timedelta) -> dict[str, str | int]:
    facts: dict[str, str | int] = {"max_age_h": max_age // timedelta(hours=1)}
    return facts if last is None else facts | {"made_at": int(last.at.timestamp())}


def _read(connection: Connection, now: datetime) -> _Troubles:
    late = results.count_late(connection, now - _LATE_AFTER)
    return _Troubles(parked.count(connection), late, holds.read(connection))
