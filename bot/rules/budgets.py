"""The operator's ceilings on money, by the day and by the month of UTC: what still fits, and when to warn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bot.rules.refusals import Reason, Refused


class Period(StrEnum):
    """Of UTC, so that a budget opens at the same moment for everybody."""

    DAY = "day"
    MONTH = "month"


Ceilings = Mapping[Period, int]
"""Micro-dollars that may be spent in a period. A period that is left out has no ceiling."""

WARN_AT = (100, 80, 50)
"""Percent of a ceiling. 100: not even the cheapest remix fits any more."""

_REASONS = {Period.DAY: Reason.BUDGET_DAY, Period.MONTH: Reason.BUDGET_MONTH}


@dataclass(frozen=True, slots=True)
class Spending:
    """Micro-dollars that count in a period: what was settled, and what is reserved or unresolved.

    `warned_percent` of `warned_ceiling` (micro-dollars) is the last that the operator was told.
    """

    micros: int = 0
    warned_percent: int = 0
    warned_ceiling: int | None = None


@dataclass(frozen=True, slots=True)
class BudgetWarning:
    """What the operator is told, once. `spent` and `ceiling` in micro-dollars, `ends_at` aware UTC."""

    period: Period
    percent: int
    spent: int
    ceiling: int
    ends_at: datetime


def period_name(period: Period, moment: datetime) -> str:
    """`2026-05-31` or `2026-05`."""
    day = moment.astimezone(UTC).date().isoformat()
    return day if period is Period.DAY else day[:7]


def begins_at(period: Period, now: datetime) -> datetime:
    """When the day or month of UTC began."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight if period is Period.DAY else midnight.replace(day=1)


def ends_at(period: Period, now: datetime) -> datetime:
    """When the next day or month of UTC begins."""
    began = begins_at(period, now)
    return began + timedelta(days=1) if period is Period.DAY else (began + timedelta(days=32)).replace(day=1)


def decide(spent: Mapping[Period, Spending], ceilings: Ceilings, micros: int, now: datetime) -> Refused | None:
    """Whether a remix for which `micros` are set aside still fits. None is yes. The one that lasts longer is told."""
    for period in (Period.MONTH, Period.DAY):
        if period in ceilings and spent[period].micros + micros > ceilings[period]:
            return Refused(_REASONS[period], until=ends_at(period, now))
    return None


def warnings_due(
    spent: Mapping[Period, Spending], ceilings: Ceilings, cheapest: int, now: datetime
) -> Sequence[BudgetWarning]:
    """What the operator has not been told yet. A ceiling that was changed counts as a new one."""
    due = []
    for period, ceiling in ceilings.items():
        spending = spent[period]
        percent = _reached(spending.micros, ceiling, cheapest)
        told = spending.warned_percent if spending.warned_ceiling == ceiling else 0
        if percent > told:
            due.append(BudgetWarning(period, percent, spending.micros, ceiling, ends_at(period, now)))
    return due


def _reached(micros: int, ceiling: int, cheapest: int) -> int:
    """The highest of WARN_AT that is reached, or 0."""
    if micros >= ceiling or micros + cheapest > ceiling:
        return WARN_AT[0]
    return next((percent for percent in WARN_AT if micros * 100 >= ceiling * percent), 0)
