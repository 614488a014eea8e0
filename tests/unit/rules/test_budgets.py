"""Budgets: what still fits, when they open again, and when the operator is warned."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.rules.budgets import (
    OPERATOR_BUDGET,
    Budget,
    BudgetWarning,
    Period,
    Spending,
    decide,
    ends_at,
    period_name,
    smallest,
    warnings_due,
)
from bot.rules.refusals import Reason, Refused

NOW = datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)


def spent(day: int, month: int) -> dict[Period, Spending]:
    return {Period.DAY: Spending(day), Period.MONTH: Spending(month)}


@pytest.mark.parametrize(
    ("day", "month", "micros", "reason"),
    [
        (0, 0, 100, None),
        (70, 70, 30, None),
        (70, 70, 31, Reason.BUDGET_DAY),
        (100, 100, 0, None),
        (101, 101, 0, Reason.BUDGET_DAY),
        (0, 970, 30, None),
        (0, 970, 31, Reason.BUDGET_MONTH),
        (100, 1000, 1, Reason.BUDGET_MONTH),
    ],
)
def test_what_would_pass_a_ceiling_is_refused_and_the_longer_refusal_is_told(day, month, micros, reason):
    answer = decide(Budget(spent(day, month), {Period.DAY: 100, Period.MONTH: 1000}, OPERATOR_BUDGET), micros, NOW)
    left = max(0, 100 - day) if reason is Reason.BUDGET_DAY else 1000 - month
    assert answer == (Refused(reason, until=NEW_YEAR, left=left) if reason else None)


def test_without_a_ceiling_everything_fits():
    assert decide(Budget(spent(10**15, 10**15), {}, OPERATOR_BUDGET), 10**9, NOW) is None


def test_the_smallest_of_several_ceilings_counts_and_what_nobody_limits_has_none():
    assert smallest({Period.DAY: 5}, {Period.DAY: 3, Period.MONTH: 9}) == {Period.DAY: 3, Period.MONTH: 9}
    assert smallest({Period.DAY: 5}, {}) == {Period.DAY: 5}
    assert smallest({}, {}) == {}


@pytest.mark.parametrize(
    ("now", "day_ends", "month_ends"),
    [
        (NOW, NEW_YEAR, NEW_YEAR),
        (NEW_YEAR, datetime(2027, 1, 2, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)),
        (datetime(2027, 1, 31, 5, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)),
        (datetime(2028, 2, 28, tzinfo=UTC), datetime(2028, 2, 29, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)),
    ],
)
def test_a_budget_opens_at_the_next_midnight_or_month_of_utc(now, day_ends, month_ends):
    assert ends_at(Period.DAY, now) == day_ends
    assert ends_at(Period.MONTH, now) == month_ends


def test_a_moment_counts_where_it_is_in_utc():
    there = timezone(timedelta(hours=9))
    moment = datetime(2027, 1, 1, 8, tzinfo=there)
    assert (period_name(Period.DAY, moment), period_name(Period.MONTH, moment)) == ("2026-12-31", "2026-12")
    assert ends_at(Period.DAY, moment) == NEW_YEAR


@pytest.mark.parametrize(
    ("micros", "percent"),
    [(0, None), (499, None), (500, 50), (799, 50), (800, 80), (970, 80), (971, 100), (1000, 100), (2000, 100)],
)
def test_the_highest_part_that_is_reached_is_told_and_all_of_it_when_nothing_fits_any_more(micros, percent):
    due = warnings_due(spent(micros, 0), {Period.DAY: 1000}, 30, NOW)
    told = [BudgetWarning(Period.DAY, percent, micros, 1000, NEW_YEAR)] if percent else []
    assert list(due) == told


@pytest.mark.parametrize(
    ("warned_percent", "warned_ceiling", "percent"),
    [(50, 1000, 80), (80, 1000, None), (100, 1000, None), (80, 900, 80), (0, None, 80)],
)
def test_what_was_told_is_not_told_again_unless_the_ceiling_was_changed(warned_percent, warned_ceiling, percent):
    spending = {Period.MONTH: Spending(850, warned_percent, warned_ceiling)}
    due = warnings_due(spending, {Period.MONTH: 1000}, 30, NOW)
    assert [warning.percent for warning in due] == ([percent] if percent else [])
