"""How much a person and everybody together may queue: cooldown and queue limits."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.refusals import Reason, Refused


@dataclass(frozen=True, slots=True)
class Limits:
    """What is allowed. `cooldown` counts from acceptance, per person and server."""

    cooldown: timedelta
    waiting_per_person: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Usage:
    """What is so now. `last_accepted_at` is the person's last remix in this server that still counts; aware UTC."""

    last_accepted_at: datetime | None
    waiting_of_person: int
    waiting: int


def decide(usage: Usage, limits: Limits, now: datetime) -> Refused | None:
    """None is yes. The person's own limits are told before everybody's."""
    if usage.waiting_of_person >= limits.waiting_per_person:
        return Refused(Reason.PERSON_QUEUE_FULL, limit=limits.waiting_per_person)
    last = usage.last_accepted_at
    # One that lies far ahead was written down before the clock was set back.
    if last is not None and last - limits.cooldown <= now < last + limits.cooldown:
        return Refused(Reason.COOLDOWN, until=last + limits.cooldown)
    if usage.waiting >= limits.waiting:
        return Refused(Reason.QUEUE_FULL, limit=limits.waiting)
    return None
