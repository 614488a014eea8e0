"""Keeps the bot's alarms, and announces to the operator when each of them begins and when it is over."""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from bot.rules.alarms import PER_PROCESS, Alarm, OpenAlarm
from bot.storage.engine.database import Connection, Database, DatabaseUnavailableError
from bot.storage.engine.databases.process import OnlyProcess, Process
from bot.storage.operator import alarms
from bot.storage.processes import rows
from bot.use_cases.core import Clock
from bot.use_cases.ports import OperatorNotices
from bot.waiting import wait_for_event

_MOST_IN_A_MINUTE = 4
_MINUTE = timedelta(minutes=1)
_FIRST_RETRY = timedelta(seconds=15)
_LONGEST_RETRY = timedelta(minutes=10)
_LOOK_AGAIN_S = 15.0
_GONE_AFTER = timedelta(hours=1)
_GONE_LOOK_EVERY = timedelta(minutes=10)
_SIGN_STORED_EVERY = timedelta(minutes=1)

log = structlog.get_logger(__name__)


class Alarms:
    """`raise_` and `clear` return at once and raise nothing: `run`, a background task, stores and announces.

    All of it is in memory too, so that an alarm about a full disk needs no disk. A message that Discord does not take
    is tried again until it does, together with what has come meanwhile.

    With several processes, each has the alarms about itself, and the one that leads also those about all
    (`has_shared`). It also announces what a process could not announce that has ended since.
    """

    def __init__(
        self, database: Database, clock: Clock, operator: OperatorNotices, process: Process | None = None
    ) -> None:
        self._database = database
        self._process = process or OnlyProcess()
        self.has_shared = not self._process.name
        self._clock = clock
        self._operator = operator
        self._known: dict[tuple[Alarm, str], OpenAlarm] = {}
        self._unstored: set[tuple[Alarm, str]] = set()
        self._told_for_others: dict[tuple[Alarm, str], OpenAlarm | None] = {}
        self._woken = asyncio.Event()
        self._posted_at: deque[datetime] = deque(maxlen=_MOST_IN_A_MINUTE)
        self._retry = _FIRST_RETRY
        self._retry_at: datetime | None = None
        self._looked_for_gone = datetime.min.replace(tzinfo=UTC)

    @property
    def open(self) -> Sequence[OpenAlarm]:
        """Those that are not over, oldest first."""
        return sorted((each for each in self._known.values() if each.over_at is None), key=lambda each: each.began_at)

    def raise_(self, alarm: Alarm, subject: str = "", **facts: str | int) -> None:
        """It holds now. Facts that change while it goes on are kept, and are no news by themselves."""
        subject = self._named(alarm, subject)
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
        self._end((alarm, self._named(alarm, subject)))

    def _end(self, key: tuple[Alarm, str]) -> None:
        known = self._known.get(key)
        if known is None or known.over_at is not None:
            return
        log.warning("an alarm is over", alarm=known.alarm, subject=known.subject)
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

    def clear_others(self, alarm: Alarm, subjects: Iterable[str | None]) -> None:
        """Those of this kind that are about none of these subjects are over."""
        kept = {self._named(alarm, subject) for subject in subjects if subject is not None}
        for each in self.open:
            if each.alarm is alarm and each.subject not in kept:
                self._end(each.key)

    async def load(self) -> None:
        """Take over the alarms of an earlier process. Raises DatabaseUnavailableError."""
        leads = self._process.leads
        for alarm in await self._database.read(alarms.read):
            if self._is_own(alarm.key) or (leads and alarm.alarm not in PER_PROCESS):
                self._known.setdefault(alarm.key, alarm)
        self.has_shared = leads

    def _named(self, alarm: Alarm, subject: str) -> str:
        name = self._process.name if alarm in PER_PROCESS else ""
        return f"{subject} ({name})".strip() if name else subject

    def _is_own(self, key: tuple[Alarm, str]) -> bool:
        alarm, subject = key
        return alarm in PER_PROCESS and subject.endswith(self._named(alarm, ""))

    async def _follow_lead(self) -> None:
        if self._process.leads and not self.has_shared:
            try:
                await self.load()
            except DatabaseUnavailableError as error:
                log.info("alarms about all processes are taken over later", reason=str(error))
        elif self.has_shared and not self._process.leads:
            self.has_shared = not self._process.name
            self._known = {key: known for key, known in self._known.items() if key[0] in PER_PROCESS}
            self._unstored = {key for key in self._unstored if key[0] in PER_PROCESS}

    async def forget_of_gone(self) -> None:
        """Delete the alarms of processes that nobody has seen for an hour: one that is started again has them back."""
        now = self._clock()
        if now < self._looked_for_gone + _GONE_LOOK_EVERY:
            return
        self._looked_for_gone, before = now, now - _GONE_AFTER
        for alarm in await self._database.transaction(_delete_of_gone, before):
            log.info("an alarm of a process that is gone was forgotten", alarm=alarm.alarm, subject=alarm.subject)

    async def run(self) -> None:
        """Runs until it is cancelled."""
        while True:
            self._woken.clear()
            await wait_for_event(self._woken, await self.once())

    async def once(self) -> float:
        """Store what has changed, and post one message if one is due. Returns the seconds until the next one can be."""
        for alarm in self.open:
            if alarm.is_silent(self._clock()):
                self._end(alarm.key)
        await self._follow_lead()
        await self.store()
        await self._announce()
        await self._announce_for_gone()
        await self.store()
        return self._seconds_left()

    async def store(self) -> None:
        """What cannot be stored now is stored later."""
        changed = self._told_for_others | {key: self._known.get(key) for key in self._unstored}
        if not changed:
            return
        try:
            await self._database.transaction(alarms.write, changed)
        except DatabaseUnavailableError as error:
            log.info("alarms are stored later", reason=str(error))
            return
        self._unstored -= {key for key, stored in changed.items() if self._known.get(key) is stored}
        self._told_for_others.clear()

    async def _announce(self) -> None:
        now = self._clock()
        for told in await self._post(self._known.values(), now):
            self._mark_announced(told, now)

    async def _announce_for_gone(self) -> None:
        """A process that ended right after it noticed something, such as with a token that was reset, told nobody."""
        if not (self._process.name and self.has_shared):
            return
        try:
            of_gone = await self._database.read(_of_gone)
        except DatabaseUnavailableError:
            return  # it is looked for again
        now, untold = self._clock(), [each for each in of_gone if each.key not in self._told_for_others]
        for told in await self._post((each for each in untold if not self._is_own(each.key)), now):
            announced = replace(told, announced_at=now, announced=told.facts)
            self._told_for_others[told.key] = None if told.over_at is not None else announced

    async def _post(self, alarms: Iterable[OpenAlarm], now: datetime) -> Sequence[OpenAlarm]:
        """One message at most, with those that are due. Returns what was in it. The oldest alarms come first."""
        due = [each for each in alarms if (at := each.due_at()) is not None and at <= now]
        if not due or self._must_wait_until(now) is not None or not self._process.may_act:
            return []
        taken = await self._operator.announce(due)
        if not taken:
            self._retry_at, self._retry = now + self._retry, min(self._retry * 2, _LONGEST_RETRY)
            return []
        self._retry_at, self._retry = None, _FIRST_RETRY
        self._posted_at.append(now)
        return due[:taken]

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


def _delete_of_gone(connection: Connection, before: datetime) -> Sequence[OpenAlarm]:
    gone = [each for each in _of_gone(connection) if each.seen_at < before and not each.is_new]
    alarms.write(connection, {each.key: None for each in gone})
    return gone


def _of_gone(connection: Connection) -> Sequence[OpenAlarm]:
    """What processes have noticed about themselves that are no longer there."""
    living = tuple(f"({name})" for name in rows.names(connection))
    return [each for each in alarms.read(connection) if each.alarm in PER_PROCESS and not each.subject.endswith(living)]
