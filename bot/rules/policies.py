"""What a server's admins have set, plans by role included, and what of it holds for one person.

The operator's settings stay the ceiling: what a server sets can only be lower.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.rules.budgets import Ceilings, Period
from bot.rules.limits import Limits
from bot.rules.prices import Speed

UNLIMITED = 1_000_000_000
"""A quota that never refuses: for a plan that is to have more than its server's own quota."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One server's settings. None is as the operator has set it, and where that is nothing: no limit.

    `channels` and `roles` empty: all. `speeds` empty: all. Times in seconds, money in micro-dollars; quotas count
    remixes a person in a day or month of UTC.
    """

    channels: frozenset[int] = frozenset()
    roles: frozenset[int] = frozenset()
    ignored_roles: frozenset[int] = frozenset()
    cooldown_s: int | None = None
    daily_quota: int | None = None
    monthly_quota: int | None = None
    queue_limit: int | None = None
    daily_budget: int | None = None
    monthly_budget: int | None = None
    default_speed: Speed | None = None
    speeds: frozenset[Speed] = frozenset()
    new_member_s: int | None = None
    log_channel: int | None = None
    keep_pictures_days: int | None = None

    @property
    def ceilings(self) -> Ceilings:
        """The server's own budget."""
        set_ = {Period.DAY: self.daily_budget, Period.MONTH: self.monthly_budget}
        return {period: micros for period, micros in set_.items() if micros is not None}

    @property
    def speed(self) -> Speed:
        """What a remix is made with whose author has named no speed."""
        wanted = self.default_speed or Speed.DEFAULT
        return wanted if self.allows(wanted) else min(self.speeds, key=list(Speed).index)

    def allows(self, speed: Speed) -> bool:
        return not self.speeds or speed in self.speeds


NO_POLICY = Policy()


@dataclass(frozen=True, slots=True)
class Plan:
    """What the members of a role have instead of their server's own limits. None: those."""

    cooldown_s: int | None = None
    daily_quota: int | None = None
    monthly_quota: int | None = None
    queue_limit: int | None = None


Plans = Mapping[int, Plan]
"""By role id."""


def limits_for(policy: Policy, plans: Plans, role_ids: Collection[int], operator: Limits) -> Limits:
    """A member's own limits: for each, the best of the server's and of their roles', within the operator's."""
    own = [Plan(policy.cooldown_s, policy.daily_quota, policy.monthly_quota, policy.queue_limit)]
    own += [plan for role_id, plan in plans.items() if role_id in role_ids]
    cooldown = _best([plan.cooldown_s for plan in own], min)
    queue_limit = _best([plan.queue_limit for plan in own], max)
    return Limits(
        cooldown=max(operator.cooldown, timedelta(seconds=cooldown or 0)),
        waiting_per_person=min(operator.waiting_per_person, queue_limit or operator.waiting_per_person),
        waiting=operator.waiting,
        daily_quota=_best([plan.daily_quota for plan in own], max),
        monthly_quota=_best([plan.monthly_quota for plan in own], max),
    )


def _best(values: Sequence[int | None], best: Callable[[Iterable[int]], int]) -> int | None:
    """The first is the server's own: where it sets no limit there is none to be better than, whatever the plans say."""
    known = [value for value in values if value is not None]
    found = None if values[0] is None else best(known)
    return None if found is None or found >= UNLIMITED else found
