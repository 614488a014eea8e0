"""A server's policy and its plans per role, and the limits that they give one member.

A server can only tighten what the operator allows: the operator pays.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.rules.budgets import Ceilings, Period
from bot.rules.limits import Limits
from bot.rules.others_pictures import OthersPictures
from bot.rules.picture_memory import PictureMemory
from bot.rules.points import TIME_S, Ladder
from bot.rules.prices import Speed
from bot.rules.reports import ACCOUNT_AGE_S, HIDES, MEMBER_AGE_S, Ages
from bot.rules.reviews import REVIEW_LIMIT, REVIEW_TIME_S
from bot.rules.words.automod import AutoModUse

UNLIMITED = 1_000_000_000
"""A quota that never refuses, for a plan without one in a server that has one."""


RAID_NEW_S = 7 * 86_400
"""How long raid mode takes members and accounts for new, in a server that has set nothing."""


@dataclass(frozen=True, slots=True)
class WarningLimit:
    """A member with that many warnings within that many seconds is blocked by rule."""

    warnings: int
    within_s: int


@dataclass(frozen=True, slots=True)
class Policy:
    """What one server has set. None means the operator's setting, or no limit where the operator has none.

    Empty `channels`, `roles` and `speeds` mean all. Times are in seconds and money in micro-dollars. Quotas count a
    member's remixes per UTC day or month. `safety_refusals`: how many within a day block a member; 0: none do. A
    `points_ladder` takes their place. A purge of more results than `second_moderator` waits for a second moderator.
    `raid_new_s`: how long raid mode takes members and accounts for new.
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
    keep_prompts_days: int | None = None
    warning_limit: WarningLimit | None = None
    warning_block_s: int | None = None
    safety_refusals: int | None = None
    points_ladder: Ladder | None = None
    points_time_s: int | None = None
    second_moderator: int | None = None
    raid_new_s: int | None = None
    review_channels: frozenset[int] = frozenset()
    review_newcomers_s: int | None = None
    review_time_s: int | None = None
    review_limit: int | None = None
    report_hides: int | None = None
    report_account_s: int | None = None
    report_member_s: int | None = None
    others_pictures: OthersPictures | None = None
    automod: AutoModUse | None = None
    picture_memory: PictureMemory | None = None

    @property
    def ceilings(self) -> Ceilings:
        """The server's own budgets, in micro-dollars."""
        set_ = {Period.DAY: self.daily_budget, Period.MONTH: self.monthly_budget}
        return {period: micros for period, micros in set_.items() if micros is not None}

    @property
    def points_time(self) -> timedelta:
        """For how long points count."""
        return timedelta(seconds=self.points_time_s or TIME_S)

    @property
    def raid_new_for(self) -> timedelta:
        """How long members and accounts are new for raid mode."""
        return timedelta(seconds=self.raid_new_s or RAID_NEW_S)

    @property
    def review_time(self) -> timedelta:
        """How long moderators have to look at a result."""
        return timedelta(seconds=self.review_time_s or REVIEW_TIME_S)

    @property
    def most_in_review(self) -> int:
        """How many remixes of a member may wait for a review."""
        return self.review_limit or REVIEW_LIMIT

    @property
    def hiding_reports(self) -> int:
        """How many reports hide a result. 0: none do."""
        return HIDES if self.report_hides is None else self.report_hides

    @property
    def reporter_ages(self) -> Ages:
        """From when on a report counts towards that."""
        account_s, member_s = self.report_account_s, self.report_member_s
        return Ages(
            timedelta(seconds=ACCOUNT_AGE_S if account_s is None else account_s),
            timedelta(seconds=MEMBER_AGE_S if member_s is None else member_s),
        )

    @property
    def others(self) -> OthersPictures:
        """Whose pictures members can remix from the Apps menu."""
        return self.others_pictures or OthersPictures.OWN

    @property
    def applies_automod(self) -> bool:
        """Whether the server's AutoMod rules hold for prompts, where the bot may read them."""
        return self.automod is not AutoModUse.OFF

    @property
    def memory(self) -> PictureMemory:
        """How much a picture must be like a removed one to be refused."""
        return self.picture_memory or PictureMemory.NEAR

    @property
    def speed(self) -> Speed:
        """The speed of a remix whose author chose none."""
        wanted = self.default_speed or Speed.DEFAULT
        return wanted if self.allows(wanted) else min(self.speeds, key=list(Speed).index)

    def allows(self, speed: Speed) -> bool:
        return not self.speeds or speed in self.speeds


NO_POLICY = Policy()


@dataclass(frozen=True, slots=True)
class Plan:
    """Limits for the members of a role. None means the server's own limit."""

    cooldown_s: int | None = None
    daily_quota: int | None = None
    monthly_quota: int | None = None
    queue_limit: int | None = None


Plans = Mapping[int, Plan]
"""By role id."""


def limits_for(policy: Policy, plans: Plans, role_ids: Collection[int], operator: Limits) -> Limits:
    """A member's limits: for each, the best of the server's and of their roles' plans, within the operator's."""
    candidates = [Plan(policy.cooldown_s, policy.daily_quota, policy.monthly_quota, policy.queue_limit)]
    candidates += [plan for role_id, plan in plans.items() if role_id in role_ids]
    cooldown = _best([plan.cooldown_s for plan in candidates], min)
    queue_limit = _best([plan.queue_limit for plan in candidates], max)
    return Limits(
        cooldown=max(operator.cooldown, timedelta(seconds=cooldown or 0)),
        waiting_per_person=min(operator.waiting_per_person, queue_limit or operator.waiting_per_person),
        waiting=operator.waiting,
        daily_quota=_best([plan.daily_quota for plan in candidates], max),
        monthly_quota=_best([plan.monthly_quota for plan in candidates], max),
        waiting_per_server=operator.waiting_per_server,
        shared=operator.shared,
    )


def _best(values: Sequence[int | None], best: Callable[[Iterable[int]], int]) -> int | None:
    """The best of the limits that are set. The first value is the server's: if it sets none, plans add none."""
    known = [value for value in values if value is not None]
    found = None if values[0] is None else best(known)
    return None if found is None or found >= UNLIMITED else found
