"""Reports what the remixes of some days cost, in groups, and how much of the budgets is used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.rules.budgets import Period, Spending
from bot.rules.usage_days import Days, Grouping
from bot.storage.engine.database import Connection
from bot.storage.remixes import spending
from bot.storage.reports import usage
from bot.storage.reports.usage import Sum


@dataclass(frozen=True, slots=True)
class UsageReport:
    """`spent`: what counts today and this month against the budgets. `by_day_and_speed`: for the chart."""

    days: Days
    by: Sequence[Grouping]
    sums: Sequence[Sum]
    spent: Mapping[Period, Spending]
    by_day_and_speed: Sequence[Sum] = ()


def report_usage(connection: Connection, days: Days, by: Sequence[Grouping], now: datetime) -> UsageReport:
    sums = usage.sums(connection, by, days.begin, days.end)
    of_chart = usage.sums(connection, (Grouping.DAY, Grouping.SPEED), days.begin, days.end)
    return UsageReport(days, by, sums, spending.read(connection, now), of_chart)
