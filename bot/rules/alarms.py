"""Alarms: troubles that the operator must hear of, once when one begins and once when it is over."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

Facts = Mapping[str, str | int]
"""What the sentence about an alarm needs: numbers, times in seconds since 1970, codes. Never a prompt, key or link."""


class Alarm(StrEnum):
    """What is wrong; stored. `discord_app/operator/alarm_words.py` has the sentences."""

    PARKED = "parked"
    QUEUE_HELD = "queue_held"
    LINK_HOST = "link_host"
    DISK_LOW = "disk_low"
    PICTURES_AWAY = "pictures_away"
    SECOND_COPY = "second_copy"
    BACKUP_OLD = "backup_old"
    TASK_FAILED = "task_failed"
    RESULTS_LATE = "results_late"


PER_PROCESS = frozenset({Alarm.DISK_LOW, Alarm.PICTURES_AWAY, Alarm.SECOND_COPY, Alarm.TASK_FAILED})
"""What one process notices about itself. With several, its name stands after the subject."""

_COLLECTED_FOR = {Alarm.PARKED: timedelta(seconds=30)}
"""How long to wait for more of the same before the first message: an outage parks several remixes within seconds."""

_TOLD_AGAIN_AFTER = {Alarm.PARKED: timedelta(hours=1)}
"""How long until a message says that the number (`count`) has grown since the last one."""

_END_TOLD_AFTER = {Alarm.TASK_FAILED: timedelta(minutes=10)}
"""How long an alarm has to be over before a message says so. A loop that fails in every second round would fill the
channel: until then one that begins again simply goes on."""

_OVER_AFTER = {Alarm.SECOND_COPY: timedelta(hours=1)}
"""Alarms that only show themselves now and then are over once there was no sign of them for this long."""


@dataclass(frozen=True, slots=True)
class OpenAlarm:
    """An alarm until its end is announced. `subject` tells several of a kind apart, such as the name of a task.

    `seen_at`: its last sign. `announced_at` and `announced`: the latest message about it, and the facts in it.
    """

    alarm: Alarm
    subject: str
    facts: Facts
    began_at: datetime
    seen_at: datetime
    over_at: datetime | None = None
    announced_at: datetime | None = None
    announced: Facts | None = None

    @property
    def key(self) -> tuple[Alarm, str]:
        return self.alarm, self.subject

    @property
    def is_new(self) -> bool:
        """Whether no message was posted about it."""
        return self.announced_at is None

    def due_at(self) -> datetime | None:
        """When the next message about it is due. None: there is nothing new."""
        if self.announced_at is None:
            return self.began_at + _COLLECTED_FOR.get(self.alarm, timedelta())
        if self.over_at is not None:
            return self.over_at + _END_TOLD_AFTER.get(self.alarm, timedelta())
        again = _TOLD_AGAIN_AFTER.get(self.alarm)
        return self.announced_at + again if again is not None and self._has_grown() else None

    def _has_grown(self) -> bool:
        return _count(self.facts) > _count(self.announced or {})

    def is_silent(self, now: datetime) -> bool:
        """Whether it counts as over, because there was no sign of it for a while."""
        quiet = _OVER_AFTER.get(self.alarm)
        return quiet is not None and self.over_at is None and not now < self.seen_at + quiet

    def seen_again(self, facts: Facts, now: datetime) -> Self:
        """As it is now. One that had ended, but whose end was not announced yet, simply goes on."""
        return replace(self, facts=facts, seen_at=now, over_at=None)

    def ended(self, now: datetime) -> Self | None:
        """None: nobody needs to hear of it, as it ended before its first message was due."""
        if self.announced_at is None and now < self.began_at + _COLLECTED_FOR.get(self.alarm, timedelta()):
            return None
        return replace(self, over_at=now)


def _count(facts: Facts) -> int:
    return int(facts.get("count", 0))
