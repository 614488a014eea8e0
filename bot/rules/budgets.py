"""Budgets per UTC day and month: whether a remix still fits, and when to warn the operator."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bot.rules.refusals import Reason, Refused


class Period(StrEnum):
    """A UTC day or month, so that budgets reset at the same moment for all servers."""

    DAY = "day"
    MONTH = "month"


Ceilings = Mapping[Period, int]
"""The budget of each period in micro-dollars. A period without an entry has no limit."""

WARN_AT = (100, 80, 50)
"""Percentages of a budget that cause a warning. 100 means that not even the cheapest remix fits any more."""

Reasons = Mapping[Period, Reason]
"""The reason for a refusal by each period's budget."""

OPERATOR_BUDGET: Reasons = {Period.DAY: Reason.BUDGET_DAY, Period.MONTH: Reason.BUDGET_MONTH}
SERVER_BUDGET: Reasons = {Period.DAY: Reason.SERVER_BUDGET_DAY, Period.MONTH: Reason.SERVER_BUDGET_MONTH}
SERVER_CEILING: Reasons = {Period.DAY: Reason.SERVER_CEILING}
PERSON_CEILING: Reasons = {Period.DAY: Reason.PERSON_CEILING}


@dataclass(frozen=True, slots=True)
class Spending:
    """Micro-dollars that count in a period: what was settled, and what is reserved or unresolved.

    The last warning was at `warned_percent` of `warned_ceiling` micro-dollars.
    """

    micros: int = 0
    warned_percent: int = 0
    warned_ceiling: int | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits on the same money: what is spent in each period, at most how much, and why a remix does not fit."""

    spent: Mapping[Period, Spending]
    ceilings: Ceilings
    reasons: Reasons


@dataclass(frozen=True, slots=True)
class BudgetWarning:
    """A warning, sent once. `spent` and `ceiling` are micro-dollars; `ends_at` is aware UTC."""

    period: Period
    percent: int
    spent: int
    ceiling: int
    ends_at: datetime


def period_name(period: Period, moment: datetime) -> str:
    """The name of the period in the database: `2026-05-31` or `2026-05`."""
    day = moment.astimezone(UTC).date().isoformat()
    return day if period is Period.DAY else day[:7]


def begins_at(period: Period, now: datetime) -> datetime:
    """When the current UTC day or month began."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight if period is Period.DAY else midnight.replace(day=1)


def ends_at(period: Period, now: datetime) -> datetime:
    """When the next UTC day or month begins."""
    began = begins_at(period, now)
    # 32 days after the first of a month is always in the next month.
    return began + timedelta(days=1) if period is Period.DAY else (began + timedelta(days=32)).replace(day=1)


def decide(budget: Budget, micros: int, now: datetime) -> Refused | None:
    """Whether a remix that reserves `micros` still fits: None, or the refusal.

    If both periods are used up it reports the month, because that lasts longer.
    """
    for period in (Period.MONTH, Period.DAY):
        if period not in budget.ceilings:
            continue
        left = budget.ceilings[period] - budget.spent[period].micros
        if micros > left:
            return Refused(budget.reasons[period], until=ends_at(period, now), left=max(0, left))
    return None


def smallest(*several: Ceilings) -> Ceilings:
    """The lowest ceiling of each period."""
    return {
        period: min(ceilings[period] for ceilings in several if period in ceilings)
        for period in Period
        if any(period in ceilings for ceilings in several)
    }


def warnings_due(
    spent: Mapping[Period, Spending], ceilings: Ceilings, cheapest: int, now: datetime
) -> Sequence[BudgetWarning]:
    """The warnings that were not sent yet. After a change of the budget they start again."""
    due = []
    for period, ceiling in ceilings.items():
        spending = spent[period]
        percent = _reached(spending.micros, ceiling, cheapest)
        already_warned = spending.warned_percent if spending.warned_ceiling == ceiling else 0
        if percent > already_warned:
            due.append(BudgetWarning(period, percent, spending.micros, ceiling, ends_at(period, now)))
    return due


def _reached(micros: int, ceiling: int, cheapest: int) -> int:
    """The highest percentage of WARN_AT that is reached, or 0."""
    if micros >= ceiling or micros + cheapest > ceiling:
        return WARN_AT[0]
    return next((percent for percent in WARN_AT if micros * 100 >= ceiling * percent), 0)
