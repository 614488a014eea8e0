"""Formats the report of `remix-bot usage` as a table for people or as CSV."""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO

from bot.rules.budgets import Ceilings, Period
from bot.rules.prices import dollars
from bot.storage.reports.usage import Sum
from bot.use_cases.usage.report_usage import UsageReport

_GAP = "  "
_NONE: Ceilings = {}
_PERIODS = {Period.DAY: "Today", Period.MONTH: "This month"}


def as_table(
    usage: UsageReport, ceilings: Ceilings, server_ceilings: Ceilings = _NONE, person_ceilings: Ceilings = _NONE
) -> Iterator[str]:
    """Aligned columns, a total if there is more than one row, and the share of each budget that is used."""
    if usage.sums:
        header = [*(grouping.upper() for grouping in usage.by), "REMIXES", "SPENT", "RESERVED", "UNRESOLVED"]
        rows = [_cells(each) for each in usage.sums]
        total = [_cells(_total(usage))] if len(rows) > 1 else []
        yield from _aligned([header, *rows, *total], left=len(usage.by))
    else:
        yield f"No remix was accepted from {usage.days.first} to {usage.days.last}."
    yield ""
    for period, words in _PERIODS.items():
        micros, ceiling = usage.spent[period].micros, ceilings.get(period)
        yield f"{words} (UTC): {dollars(micros)}{_GAP}{_of_budget(micros, ceiling)}"
    for whose, ceilings_ in (("server", server_ceilings), ("person", person_ceilings)):
        if (most := ceilings_.get(Period.DAY)) is not None:
            yield f"Each {whose}: at most {dollars(most)} a day"


def as_csv(usage: UsageReport) -> str:
    """A header and no total. Dollars are plain numbers, as a spreadsheet expects."""
    file = StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*usage.by, "remixes", "spent_usd", "reserved_usd", "unresolved_usd"])
    for each in usage.sums:
        money = [dollars(micros).removeprefix("$") for micros in (each.spent, each.reserved, each.unresolved)]
        writer.writerow([*each.group, each.remixes, *money])
    return file.getvalue()


def _of_budget(micros: int, ceiling: int | None) -> str:
    if ceiling is None:
        return "no budget is set"
    return f"{micros * 100 // ceiling}% of the budget of {dollars(ceiling)}"


def _cells(each: Sum) -> list[str]:
    return [*each.group, str(each.remixes), dollars(each.spent), dollars(each.reserved), dollars(each.unresolved)]


def _total(usage: UsageReport) -> Sum:
    group = ("total", *("" for _ in usage.by[1:]))
    figures = [(each.remixes, each.spent, each.reserved, each.unresolved) for each in usage.sums]
    return Sum(group, *map(sum, zip(*figures, strict=True)))


def _aligned(rows: Sequence[Sequence[str]], left: int) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.ljust(width) if number < left else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield _GAP.join(cells).rstrip()
