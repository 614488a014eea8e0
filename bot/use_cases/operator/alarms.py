"""Keeps the bot's alarms, and announces to the operator when each of them begins and when it is over."""

import asyncio
from collections import deque
from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.rules.alarms import Alarm, OpenAlarm
from bot.storage.engine.database import Database, DatabaseUnavailableError
from bot.storage.operator import alarms
from bot.use_cases.core import Clock
from bot.use_cases.ports import OperatorNotices
from bot.waiting import wait_for_event

_MOST_IN_A_MINUTE = 4
_MINUTE = timedelta(minutes=1)
_FIRST_RETRY = timedelta(seconds=15)
_LONGEST_RETRY = timedelta(minutes=10)
_LOOK_AGAIN_S = 15.0
_SIGN_STORED_EVERY = timedelta(minutes=1)

log = structlog.get_logger(__name__)


class Alarms:
    """`raise_` and `clear` return at once and raise nothing: `run`, a background task, stores and announces.

    All of it is in memory too, so that an alarm about a full disk needs no disk. A message that Discord does not take
    is tried again until it does, together with what has come meanwhile.
    """

    def __init__(self, database: Database, clock: Clock, operator: OperatorNotices) -> None:
        self._database = database
        self._clock = clock
        self._operator = operator
        self._known: dict[tuple[Alarm, str], OpenAlarm] = {}
        self._unstored: set[tuple[Alarm, str]] = set()
        self._woken = asyncio.Event()
        self._posted_at: deque[datetime] = deque(maxlen=_MOST_IN_A_MINUTE)
        self._retry = _FIRST_RETRY
        self._retry_at: datetime | None = None

    @property
    def open(self) -> Sequence[OpenAlarm]:
        """Those that are not over, oldest first."""
        return sorted((each for each in self._known.values() if each.over_at is None), key=lambda each: each.began_at)

    def raise_(self, alarm: Alarm, subject: str = "", **facts: str | int) -> None:
        """It holds now. Facts that change while it goes on are kept, and are no news by themselves."""
        now, known = self._clock(), self._known.get((alarm, subject))
        if known is None:
            log.error("an alarm has begun", alarm=alarm, subject=subject, **facts)
            self._keep(OpenAlarm(alarm, subject, facts, began_at=now, seen_at=now))
        elif known.over_at is not None:
            log.error("an alarm has begun again", alarm=alarm, subject=subject, **facts)
            self._keep(known.seen_again(facts, now))
        elif known.facts != facts or not now < known.seen_at + _SIGN_STORED_EVERY:
            self._keep(known.seen_again(facts, now))

    def clear(self, alarm: Alarm, subject: str = "") -> None:
        """It is over, or never began."""
        known = self._known.get((alarm, subject))
        if known is None or known.over_at is not None:
            return
        log.warning("an alarm is over", alarm=alarm, subject=subject)
        ended = known.ended(self._clock())
        if ended is None:
            self._forget(known.key)
        else:
            self._keep(ended)

    def loop_did(self, name: str, well: bool) -> None:
        if well:
            self.clear(Alarm.TASK_FAILED, name)
        else:
            self.raise_(Alarm.TASK_FAILED, name)

    def clear_others(self, alarm: Alarm, subjects: Container[str | None]) -> None:
        """Those of this kind that are about none of these subjects are over."""
        for each in self.open:
            if each.alarm is alarm and each.subject not in subjects:
                self.clear(alarm, each.subject)

    async def load(self) -> None:
        """Take over the alarms of an earlier process. Raises DatabaseUnavailableError."""
        for alarm in await self._database.read(alarms.read):
            self._known.setdefault(alarm.key, alarm)

    async def run(self) -> None:
        """Runs until it is cancelled."""
        while True:
            self._woken.clear()
            await wait_for_event(self._woken, await self.once())

    async def once(self) -> float:
        """Store what has changed, and post one message if one is due. Returns the seconds until the next one can be."""
        for alarm in self.open:
            if alarm.is_silent(self._clock()):
                self.clear(*alarm.key)
        await self.store()
        await self._announce()
        await self.store()
        return self._seconds_left()

    async def store(self) -> None:
        """What cannot be stored now is stored later."""
        changed = {key: self._known.get(key) for key in self._unstored}
        if not changed:
            return
        try:
            await self._database.transaction(alarms.write, changed)
        except DatabaseUnavailableError as error:
            log.info("alarms are stored later", reason=str(error))
            return
        self._unstored -= {key for key, stored in changed.items() if self._known.get(key) is stored}

    async def _announce(self) -> None:
        """One message at most. The oldest alarms come first."""
        now = self._clock()
        due = [each for each in self._known.values() if (at := each.due_at()) is not None and at <= now]
        if not due or self._must_wait_until(now) is not None:
            return
        taken = await self._operator.announce(due)
        if not taken:
            self._retry_at, self._retry = now + self._retry, min(self._retry * 2, _LONGEST_RETRY)
            return
        self._retry_at, self._retry = None, _FIRST_RETRY
        self._posted_at.append(now)
        for told in due[:taken]:
            self._mark_announced(told, now)

    def _mark_announced(self, told: OpenAlarm, now: datetime) -> None:
        """`told`: as it was in the message. It may have changed since."""
        known = self._known.get(told.key)
        if told.over_at is None:
            if known is not None:
                self._keep(replace(known, announced_at=now, announced=told.facts))
        elif known is None or known.over_at is not None:
            self._forget(told.key)
        else:  # It began again while its end was on the way.
            self._keep(replace(known, announced_at=None, announced=None))

    def _must_wait_until(self, now: datetime) -> datetime | None:
        """When the next message can be posted. None: now. A clock that was set back delays nothing."""
        waits = [] if self._retry_at is None else [self._retry_at]
        if len(self._posted_at) == _MOST_IN_A_MINUTE:
            waits.append(self._posted_at[0] + _MINUTE)
        return max((until for until in waits if now < until <= now + _LONGEST_RETRY), default=None)

    def _seconds_left(self) -> float:
        now = self._clock()
        due = min((at for each in self._known.values() if (at := each.due_at()) is not None), default=None)
        if due is None:
            return _LOOK_AGAIN_S
        left = max(due, self._must_wait_until(now) or due) - now
        return min(max(left.total_seconds(), 0.0), _LOOK_AGAIN_S)

    def _keep(self, alarm: OpenAlarm) -> None:
        self._known[alarm.key] = alarm
        self._unstored.add(alarm.key)
        self._woken.set()

    def _forget(self, key: tuple[Alarm, str]) -> None:
        self._known.pop(key, None)
        self._unstored.add(key)
        self._woken.set()
