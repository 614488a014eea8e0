"""How much a person and everybody together may queue: cooldown, quotas and queue limits."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.budgets import Period, ends_at
from bot.rules.refusals import Reason, Refused


@dataclass(frozen=True, slots=True)
class Limits:
    """What is allowed. `cooldown` counts from acceptance, per person and server.

    Quotas count a person's remixes in one server, by the day and the month of UTC. None: no quota.
    """

    cooldown: timedelta
    waiting_per_person: int
    waiting: int
    daily_quota: int | None = None
    monthly_quota: int | None = None


@dataclass(frozen=True, slots=True)
class MemberUsage:
    """What is so now. `last_accepted_at` is the person's last remix in this server that still counts; aware UTC.

    `today` and `this_month` are the remixes that count towards the quotas, `granted` those that a grant has left.
    """

    last_accepted_at: datetime | None
    waiting_of_person: int
    waiting: int
    today: int = 0
    this_month: int = 0
    granted: int = 0


def check_person_queue(usage: MemberUsage, limits: Limits) -> Refused | None:
    """None is yes, here and below."""
    if usage.waiting_of_person >= limits.waiting_per_person:
        return Refused(Reason.PERSON_QUEUE_FULL, limit=limits.waiting_per_person)
    return None


def check_cooldown(usage: MemberUsage, limits: Limits, now: datetime) -> Refused | None:
    last = usage.last_accepted_at
    # One that lies far ahead was written down before the clock was set back.
    if last is not None and last - limits.cooldown <= now < last + limits.cooldown:
        return Refused(Reason.COOLDOWN, until=last + limits.cooldown)
    return None


def check_quota(usage: MemberUsage, limits: Limits, now: datetime) -> Refused | None:
    """The quota that lasts longer is told. A grant goes on where both have ended."""
    if usage.granted > 0:
        return None
    if limits.monthly_quota is not None and usage.this_month >= limits.monthly_quota:
        return Refused(Reason.QUOTA_MONTH, until=ends_at(Period.MONTH, now), limit=limits.monthly_quota)
    if limits.daily_quota is not None and usage.today >= limits.daily_quota:
        return Refused(Reason.QUOTA_DAY, until=ends_at(Period.DAY, now), limit=limits.daily_quota)
    return None


def needs_grant(usage: MemberUsage, limits: Limits, now: datetime) -> bool:
    """Whether a remix that is let in now uses one that was granted."""
    return usage.granted > 0 and check_quota(_without_grant(usage), limits, now) is not None


def _without_grant(usage: MemberUsage) -> MemberUsage:
    return MemberUsage(
        usage.last_accepted_at, usage.waiting_of_person, usage.waiting, usage.today, usage.this_month, granted=0
    )


def check_queue(usage: MemberUsage, limits: Limits) -> Refused | None:
    if usage.waiting >= limits.waiting:
        return Refused(Reason.QUEUE_FULL, limit=limits.waiting)
    return None
