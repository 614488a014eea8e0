"""Cooldown, quotas and queue limits: how many remixes a member, and all members together, may ask for."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.rules.budgets import Period, ends_at
from bot.rules.refusals import Reason, Refused


@dataclass(frozen=True, slots=True)
class Limits:
    """What a member may do. `cooldown` starts when a remix is accepted and applies per member and server.

    Quotas count a member's remixes in one server per UTC day and month. None means no quota, and no limit for a server.
    `in_raid`: the cooldown is longer, because the member is new and the server in raid mode.
    `shared`: several servers can use the queue, so that none may take more than its share of it.
    """

    cooldown: timedelta
    waiting_per_person: int
    waiting: int
    daily_quota: int | None = None
    monthly_quota: int | None = None
    waiting_per_server: int | None = None
    shared: bool = True
    in_raid: bool = False


@dataclass(frozen=True, slots=True)
class MemberUsage:
    """What a member has used so far. `last_accepted_at` is their last remix in this server that counts; aware UTC.

    `today` and `this_month` count towards the quotas. `granted` is the number of granted remixes left. `waiting` leaves
    out servers that are paused. `other_servers`: how many others have something waiting.
    """

    last_accepted_at: datetime | None
    waiting_of_person: int
    waiting: int
    today: int = 0
    this_month: int = 0
    granted: int = 0
    waiting_of_server: int = 0
    other_servers: int = 0


def check_person_queue(usage: MemberUsage, limits: Limits) -> Refused | None:
    """None means allowed, here and in the other checks."""
    if usage.waiting_of_person >= limits.waiting_per_person:
        return Refused(Reason.PERSON_QUEUE_FULL, limit=limits.waiting_per_person)
    return None


def check_cooldown(usage: MemberUsage, limits: Limits, now: datetime) -> Refused | None:
    last = usage.last_accepted_at
    # A last remix further ahead than one cooldown was stored before the clock was set back. Without the lower bound
    # the member would wait until the clock catches up.
    if last is not None and last - limits.cooldown <= now < last + limits.cooldown:
        return Refused(Reason.COOLDOWN, until=last + limits.cooldown, in_raid=limits.in_raid)
    return None


def check_quota(usage: MemberUsage, limits: Limits, now: datetime, remixes: int = 1) -> Refused | None:
    """Reports the monthly quota first, because it lasts longer. Grants let the member exceed both.

    `remixes`: how many are asked for at once; all of them must fit.
    """
    quotas = (
        (Reason.QUOTA_MONTH, Period.MONTH, limits.monthly_quota, usage.this_month),
        (Reason.QUOTA_DAY, Period.DAY, limits.daily_quota, usage.today),
    )
    for reason, period, quota, used in quotas:
        if quota is not None and min(remixes, used + remixes - quota) > usage.granted:
            left = max(0, quota - used) + usage.granted
            return Refused(reason, until=ends_at(period, now), limit=quota, remixes=(remixes, left))
    return None


def grants_needed(usage: MemberUsage, limits: Limits, now: datetime, remixes: int = 1) -> int:
    """How many granted remixes that many would use up if they were accepted now."""
    fits = range(remixes, 0, -1)
    without = replace(usage, granted=0)
    fitting = next((number for number in fits if check_quota(without, limits, now, number) is None), 0)
    return min(usage.granted, remixes - fitting)


def check_queue(usage: MemberUsage, limits: Limits) -> Refused | None:
    """A full queue still takes the first remix of each server: others may have filled it together."""
    if usage.waiting >= limits.waiting and usage.waiting_of_server:
        return Refused(Reason.QUEUE_FULL, limit=limits.waiting)
    return None


def check_server_queue(usage: MemberUsage, limits: Limits) -> Refused | None:
    set_ = (limits.waiting_per_server, _share(usage, limits))
    limit = min((each for each in set_ if each is not None), default=None)
    if limit is not None and usage.waiting_of_server >= limit:
        return Refused(Reason.SERVER_QUEUE_FULL, limit=limit)
    return None


def _share(usage: MemberUsage, limits: Limits) -> int | None:
    """How many remixes of one server may wait once half of the queue is taken; None before that.

    As many as each of the waiting servers could have if one more came.
    """
    if not limits.shared or usage.waiting * 2 < limits.waiting:
        return None
    return max(1, limits.waiting // (usage.other_servers + 2))
