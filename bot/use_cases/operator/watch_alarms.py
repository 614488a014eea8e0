"""Finds out which troubles the bot has, and raises the alarms about them."""

from dataclasses import dataclass

from bot.rules.alarms import Alarm
from bot.storage.engine.database import Connection
from bot.storage.remixes import holds, parked
from bot.storage.remixes.holds import Hold
from bot.use_cases.core import Core
from bot.use_cases.operator.alarms import Alarms
from bot.use_cases.watch import Watch


@dataclass(frozen=True, slots=True)
class _Troubles:
    parked: int
    hold: Hold | None


class WatchAlarms(Watch):
    """What it looks at is on record, so it also finds what happened in an earlier process, or just before a crash."""

    # News comes several times for every remix.
    pause_s = 0.5
    look_again_s = 15.0

    def __init__(self, core: Core, alarms: Alarms) -> None:
        super().__init__()
        self._core = core
        self._alarms = alarms

    async def _look(self) -> None:
        found = await self._core.database.transaction(_read)
        if found.parked:
            self._alarms.raise_(Alarm.PARKED, count=found.parked)
        else:
            self._alarms.clear(Alarm.PARKED)
        self._tell_of_hold(found.hold)

    def _tell_of_hold(self, hold: Hold | None) -> None:
        """Each trouble is an alarm of its own: one may end as another begins."""
        problem, host = (hold.problem, hold.host) if hold is not None else (None, None)
        self._alarms.clear_others(Alarm.QUEUE_HELD, {problem})
        self._alarms.clear_others(Alarm.LINK_HOST, {host})
        if problem is not None:
            self._alarms.raise_(Alarm.QUEUE_HELD, problem)
        if host is not None:
            self._alarms.raise_(Alarm.LINK_HOST, host)


def _read(connection: Connection) -> _Troubles:
    return _Troubles(parked.count(connection), holds.read(connection))
