"""Draws what was spent day by day: as bars in the terminal, and as a picture."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.images.chart import BLUE, GREEN, GREY, ORANGE, PINK, Panel, Series
from bot.rules.prices import Speed, dollars
from bot.rules.usage_days import Days
from bot.storage.reports.usage import NOT_KNOWN, Sum

MOST_DAYS = 62
"""How many days are drawn in the terminal without `--chart`: a line each, and two months are a screen or two."""

_WIDEST = 50
_SPENT, _OPEN = "Spent", "Not settled yet"
_OF_SPEED = {**{speed.value: speed.label for speed in Speed}, NOT_KNOWN: "Gap"}
_COLOURS = {Speed.TURBO.value: GREEN, Speed.DEFAULT.value: BLUE, Speed.QUALITY.value: ORANGE, NOT_KNOWN: PINK}


@dataclass(frozen=True, slots=True)
class DailyMoney:
    """Micro-dollars of each day: what was spent at each speed, and what is reserved or unresolved. Days in order."""

    days: Sequence[date]
    spent: Mapping[tuple[date, str], int]
    unsettled: Mapping[date, int]
    remixes: Mapping[date, int]

    def spent_on(self, day: date) -> int:
        return sum(self.spent.get((day, speed), 0) for speed in _OF_SPEED)


def daily_money(days: Days, sums: Sequence[Sum]) -> DailyMoney:
    """`sums`: by day and speed. Starts at the first day with a remix, because a new bot has none for weeks."""
    spent: dict[tuple[date, str], int] = {}
    unsettled: dict[date, int] = {}
    remixes: dict[date, int] = {}
    for each in sums:
        day, speed = date.fromisoformat(each.group[0]), each.group[1]
        spent[day, speed] = each.spent
        unsettled[day] = unsettled.get(day, 0) + each.reserved + each.unresolved
        remixes[day] = remixes.get(day, 0) + each.remixes
    first = min(remixes, default=days.last)
    number = (days.last - first).days + 1
    return DailyMoney([first + timedelta(days=n) for n in range(number)], spent, unsettled, remixes)


def print_bars(money: DailyMoney, stream: TextIO) -> None:
    """A line for each day. Without colours, as in a file, the two kinds of money differ by their signs."""
    console = Console(file=stream)
    full, faint = ("#", ".") if console.options.ascii_only else ("█", "░")
    highest = max((money.spent_on(day) + money.unsettled.get(day, 0) for day in money.days), default=0)
    table = Table.grid(padding=(0, 2))
    for day in money.days:
        spent, unsettled = money.spent_on(day), money.unsettled.get(day, 0)
        bar = Text.assemble((full * _length(spent, highest), "green"), (faint * _length(unsettled, highest), "yellow"))
        table.add_row(day.isoformat(), bar, dollars(spent + unsettled) if spent + unsettled else "")
    console.print(table)
    if any(money.unsettled.values()):
        console.print(Text.assemble((full, "green"), f" {_SPENT}  ", (faint, "yellow"), f" {_OPEN}"))


def _length(micros: int, highest: int) -> int:
    """At least one sign for any amount, so that a small one beside large ones is seen."""
    return max(1, round(micros * _WIDEST / highest)) if micros and highest else 0


def draw_png(money: DailyMoney) -> bytes:
    """The dollars and the remixes of each day, one chart below the other."""
    # Pillow takes a tenth of a second to import, and hardly anybody wants the picture.
    from bot.images.bar_chart import draw  # noqa: PLC0415 - see above

    remixes = Series("Remixes", BLUE, [money.remixes.get(day, 0) for day in money.days])
    panels = [
        Panel("Dollars per day", list(_money_series(money)), dollars=True),
        Panel("Remixes per day", [remixes]),
    ]
    return draw(panels, [f"{day.day} {day:%b}" for day in money.days])


def _money_series(money: DailyMoney) -> Iterator[Series]:
    unsettled = [money.unsettled.get(day, 0) / 1_000_000 for day in money.days]
    for speed, label in _OF_SPEED.items():
        values = [money.spent.get((day, speed), 0) / 1_000_000 for day in money.days]
        if any(values):
            yield Series(label, _COLOURS[speed], values)
    if any(unsettled) or not any(money.spent.values()):
        # Beside four others the legend has no room for more.
        yield Series("Open", GREY, unsettled)
