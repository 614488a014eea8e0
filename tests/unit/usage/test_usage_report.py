"""The chart and the table of a server's usage."""

import csv
from datetime import date, timedelta
from io import BytesIO

import pytest
from PIL import Image

from bot.discord_app.usage.report import make_report, make_table
from bot.discord_app.usage.words import no_usage
from bot.images.bar_chart import WIDTH, axis_step, draw
from bot.images.chart import BLUE, RED, Panel, Series
from bot.rules.prices import Speed
from bot.rules.usage import Outcome, ServerUsage, UsageRow

DAY = date(2026, 5, 1)


def used(user_id=1, outcome=Outcome.MADE, remixes=2, micros=60_000, speed=Speed.TURBO, day=DAY):
    return UsageRow(day, user_id, speed, outcome, remixes, micros)


def colours(picture):
    return {colour for _, colour in Image.open(BytesIO(picture)).convert("RGB").getcolors(1 << 20)}


@pytest.mark.parametrize(
    ("highest", "whole", "step"),
    [
        (0, True, 1),
        (1, True, 1),
        (4, True, 1),
        (5, True, 2),
        (100, True, 50),
        (90_000, True, 50_000),
        (0.3, False, 0.1),
    ],
)
def test_an_axis_counts_in_round_steps(highest, whole, step):
    assert axis_step(highest, whole=whole) == pytest.approx(step)


@pytest.mark.parametrize("count", [1, 7, 30, 90])
def test_a_chart_has_one_width_and_each_series_its_colour(count):
    series = [Series("made", BLUE, [3] * count), Series("failed", RED, [1] * count)]
    picture = draw([Panel("Remixes a day", series)], ["1 May"] * count)
    assert Image.open(BytesIO(picture)).width == WIDTH
    assert {BLUE, RED} <= colours(picture)


def test_the_last_label_is_not_cut_off():
    picture = draw([Panel("Remixes a day", [Series("made", BLUE, [1] * 90)])], ["28 November"] * 90)
    edge = Image.open(BytesIO(picture)).convert("RGB").crop((WIDTH - 6, 300, WIDTH, 420))
    assert len(edge.getcolors()) == 1


def test_the_table_has_no_cell_that_a_spreadsheet_would_run():
    rows = [used(user_id=2**63 - 1, outcome=outcome, speed=speed) for outcome in Outcome for speed in Speed]
    table, complete = make_table(rows)
    cells = [cell for row in csv.reader(table.decode().splitlines()) for cell in row]
    assert complete
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}]
    assert f"<@{2**63 - 1}>" in cells


def test_a_table_that_is_too_large_is_cut_and_says_so():
    many = [used(user_id=10**18 + number) for number in range(200_000)]
    table, complete = make_table(many)
    assert len(table) < 8.1 * 1024 * 1024
    assert not complete


def test_who_used_most_comes_first_and_at_most_ten_are_named():
    rows = [used(user_id=number, micros=number * 1000) for number in range(1, 15)]
    report = make_report(ServerUsage([DAY], rows), None, b"")
    text = "\n".join(item.content for item in report.view.walk_children() if hasattr(item, "content"))
    lines = text.splitlines()
    assert lines[0] == "**Usage in this server today:** 28 remixes · $0.105"
    assert lines[1] == "1. <@14> · 2 remixes · $0.014"
    assert lines[11] == "-# and 4 more members, who are all in the table"


def test_the_alt_text_tells_what_the_chart_shows():
    days = [DAY, DAY + timedelta(days=1)]
    rows = [used(), used(outcome=Outcome.FAILED, remixes=5, micros=0, day=days[1])]
    (chart, _) = make_report(ServerUsage(days, rows), None, b"").files
    assert chart.description == (
        "Two bar charts by day, 1 May to 2 May. Remixes by outcome: 2 made, 5 failed. Dollars by speed: Turbo $0.06. "
        "The busiest day: 2 May."
    )


def test_no_usage_is_said_in_words():
    assert no_usage(ServerUsage([DAY, DAY], []), 5) == "No remixes by <@5> in the last 2 days."
