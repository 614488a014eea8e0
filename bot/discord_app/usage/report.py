"""`/remix-mod usage` as a moderator gets it: a few lines, a chart, and a table for a spreadsheet."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO, StringIO

import discord
from discord import ui

from bot.images.bar_chart import BLUE, GREEN, GREY, ORANGE, PINK, RED, Panel, Series, draw
from bot.rules.prices import Speed, dollars
from bot.rules.usage import Outcome, ServerUsage, UsageRow

_PEOPLE_SHOWN = 10
_LARGEST_TABLE = 8 * 1024 * 1024
_CHART, _TABLE = "usage.png", "usage.csv"
_COLUMNS = ("day", "member", "speed", "outcome", "remixes", "usd")

_OUTCOMES = {
    Outcome.MADE: ("made", BLUE),
    Outcome.FAILED: ("failed", RED),
    Outcome.CANCELLED: ("cancelled", GREY),
    Outcome.OPEN: ("open", PINK),
}
_SPEEDS = {Speed.TURBO: GREEN, Speed.DEFAULT: BLUE, Speed.QUALITY: ORANGE}


@dataclass(frozen=True, slots=True)
class UsageReport:
    """The message, ready to be sent once."""

    view: ui.LayoutView
    files: Sequence[discord.File]


def make_report(usage: ServerUsage, user_id: int | None) -> UsageReport:
    """Blocks. Nobody in it is notified: it is a private reply."""
    alt = _alt_text(usage)
    chart = discord.File(BytesIO(_chart(usage)), filename=_CHART, description=alt)
    table, complete = make_table(usage.used)
    files = [chart, discord.File(BytesIO(table), filename=_TABLE)]
    gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
    gallery.add_item(media=chart, description=alt)
    small = "Days of UTC. Money counts on the day a remix was asked for; what waits counts what is set aside for it."
    if not complete:
        small += " The table is cut: ask for fewer days to have all of it."
    container: ui.Container[ui.LayoutView] = ui.Container(
        ui.TextDisplay(_words(usage, user_id)),
        gallery,
        ui.File(files[1]),
        ui.TextDisplay(f"-# {small}"),
    )
    view = ui.LayoutView(timeout=None)
    view.add_item(container)
    view.stop()
    return UsageReport(view, files)


def no_usage(usage: ServerUsage, user_id: int | None) -> str:
    """A chart of nothing tells nothing."""
    return f"No remixes {_whose(user_id)} {_span(usage)}."


def _whose(user_id: int | None) -> str:
    return "in this server" if user_id is None else f"of <@{user_id}>"


def _span(usage: ServerUsage) -> str:
    days = len(usage.days)
    return "today" if days == 1 else f"in the last {days} days"


def _words(usage: ServerUsage, user_id: int | None) -> str:
    head = f"**Usage {_whose(user_id)} {_span(usage)}:** {_remixes(usage.remixes)} · {dollars(usage.micros)}"
    if user_id is not None:
        return head
    people = usage.people
    lines = [
        f"{place}. <@{person.user_id}> · {_remixes(person.remixes)} · {dollars(person.micros)}"
        for place, person in enumerate(people[:_PEOPLE_SHOWN], start=1)
    ]
    if len(people) > _PEOPLE_SHOWN:
        lines.append(f"-# and {len(people) - _PEOPLE_SHOWN} more members: the table has all")
    return "\n".join([head, *lines])


def _remixes(count: int) -> str:
    return "1 remix" if count == 1 else f"{count:,} remixes"


def _chart(usage: ServerUsage) -> bytes:
    remixes, money = usage.by_outcome, usage.by_speed
    panels = [
        Panel(
            "Remixes a day",
            _seen(
                [
                    Series(name, colour, [remixes.get((day, outcome), 0) for day in usage.days])
                    for outcome, (name, colour) in _OUTCOMES.items()
                ]
            ),
            lambda value: f"{value:,.0f}",
            whole=True,
        ),
        Panel(
            "Dollars a day",
            _seen(
                [
                    Series(speed.label, colour, [money.get((day, speed), 0) / 1_000_000 for day in usage.days])
                    for speed, colour in _SPEEDS.items()
                ]
            ),
            lambda value: f"${value:,.0f}" if value == int(value) else f"${value:,.2f}",
        ),
    ]
    return draw(panels, [_short(day) for day in usage.days])


def _seen(series: Sequence[Series]) -> Sequence[Series]:
    """Without what does not occur, in the legend neither."""
    return [each for each in series if any(each.values)] or series[:1]


def _short(day: date) -> str:
    return f"{day.day} {day:%b}"


def _alt_text(usage: ServerUsage) -> str:
    """The same in words, for who does not see the picture."""
    outcomes = {outcome: sum(each.remixes for each in usage.used if each.outcome is outcome) for outcome in Outcome}
    speeds = {speed: sum(each.micros for each in usage.used if each.speed is speed) for speed in Speed}
    remixes = ", ".join(f"{count:,} {outcome}" for outcome, count in outcomes.items() if count) or "none"
    money = ", ".join(f"{speed.label} {dollars(micros)}" for speed, micros in speeds.items() if micros) or "nothing"
    a_day = Counter[date]()
    for each in usage.used:
        a_day[each.day] += each.remixes
    busiest = max(usage.days, key=lambda day: a_day[day])
    days = f"{_short(usage.days[0])} to {_short(usage.days[-1])}"
    return (
        f"Two bar charts by day, {days}. Remixes by outcome: {remixes}. Dollars by speed: {money}. "
        f"The day with most remixes: {_short(busiest)}."
    )


def make_table(used: Sequence[UsageRow]) -> tuple[bytes, bool]:
    """As CSV; False where it was cut. No cell is anybody's text, and none begins like a formula.

    Members are written as Discord reads them (`<@id>`): a spreadsheet would round the bare number.
    """
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for each in used:
        usd = f"{each.micros / 1_000_000:.6f}"
        writer.writerow(
            [each.day.isoformat(), f"<@{each.user_id}>", each.speed.label, each.outcome.value, each.remixes, usd]
        )
        if text.tell() > _LARGEST_TABLE:
            return text.getvalue().encode(), False
    return text.getvalue().encode(), True
