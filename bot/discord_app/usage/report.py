"""Draws the report of `/remix-mod records usage`: a few lines, a chart, and a table for a spreadsheet."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO

import discord
from discord import ui

from bot.discord_app.usage import words
from bot.images.chart import BLUE, GREEN, GREY, ORANGE, PINK, RED, Panel, Series
from bot.rules.prices import Speed
from bot.rules.usage import Outcome, ServerUsage, UsageRow

_LARGEST_TABLE = 8 * 1024 * 1024
"""Bytes. The smallest limit for an upload is 10 MiB."""
_CHART, _TABLE = "usage.png", "usage.csv"
_COLUMNS = ("day", "member", "speed", "outcome", "remixes", "usd")

_OUTCOMES = {Outcome.MADE: BLUE, Outcome.FAILED: RED, Outcome.CANCELLED: GREY, Outcome.OPEN: PINK}
_SPEEDS = {Speed.TURBO: GREEN, Speed.DEFAULT: BLUE, Speed.QUALITY: ORANGE}


@dataclass(frozen=True, slots=True)
class UsageReport:
    """The message, ready to be sent once."""

    view: ui.LayoutView
    files: Sequence[discord.File]


def make_report(usage: ServerUsage, user_id: int | None, drawn: bytes) -> UsageReport:
    """Blocks while it writes the table, so call it in a thread. `drawn`: the chart of `chart_of`, as PNG."""
    alt = words.alt_text(usage)
    chart = discord.File(BytesIO(drawn), filename=_CHART, description=alt)
    table, complete = make_table(usage.used)
    files = [chart, discord.File(BytesIO(table), filename=_TABLE)]
    gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
    gallery.add_item(media=chart, description=alt)
    container: ui.Container[ui.LayoutView] = ui.Container(
        ui.TextDisplay(words.summary(usage, user_id)),
        gallery,
        ui.File(files[1]),
        ui.TextDisplay(words.explanation(table_complete=complete)),
    )
    view = ui.LayoutView(timeout=None)
    view.add_item(container)
    # Nothing in it can be clicked. Without this discord.py would keep every report in memory.
    view.stop()
    return UsageReport(view, files)


def make_table(used: Sequence[UsageRow]) -> tuple[bytes, bool]:
    """The CSV, and False if it had to be cut. No cell has people's text in it or begins like a formula."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for each in used:
        usd = f"{each.micros / 1_000_000:.6f}"
        # A spreadsheet would round the bare id, which has more digits than its numbers can hold. `<@id>` stays text.
        writer.writerow(
            [each.day.isoformat(), f"<@{each.user_id}>", each.speed.label, each.outcome.value, each.remixes, usd]
        )
        if text.tell() > _LARGEST_TABLE:
            return text.getvalue().encode(), False
    return text.getvalue().encode(), True


def chart_of(usage: ServerUsage) -> tuple[Sequence[Panel], Sequence[str]]:
    """The panels, and a label for each day."""
    return [_remixes_panel(usage), _dollars_panel(usage)], [words.short_day(day) for day in usage.days]


def _remixes_panel(usage: ServerUsage) -> Panel:
    remixes = usage.by_outcome
    series = [
        Series(words.OUTCOMES[outcome], colour, [remixes.get((day, outcome), 0) for day in usage.days])
        for outcome, colour in _OUTCOMES.items()
    ]
    return Panel(words.REMIXES_A_DAY, _used(series))


def _dollars_panel(usage: ServerUsage) -> Panel:
    money = usage.by_speed
    series = [
        Series(speed.label, colour, [money.get((day, speed), 0) / 1_000_000 for day in usage.days])
        for speed, colour in _SPEEDS.items()
    ]
    return Panel(words.DOLLARS_A_DAY, _used(series), dollars=True)


def _used(series: Sequence[Series]) -> Sequence[Series]:
    """Leaves out empty series, so that the legend has only what the bars show; keeps one if all are empty."""
    return [each for each in series if any(each.values)] or series[:1]
