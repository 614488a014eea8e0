"""The chart of `remix-bot usage`: bars whose lengths are the money, in any terminal, and a picture."""

from datetime import date
from io import BytesIO, StringIO, TextIOWrapper

from PIL import Image

from bot.cli.kit.usage_chart import daily_money, draw_png, print_bars
from bot.rules.usage_days import Days
from bot.storage.reports.usage import NOT_KNOWN, Sum

DAYS = Days(date(2026, 4, 1), date(2026, 5, 4))
SUMS = [
    Sum(("2026-05-01", "TURBO"), 10, 300_000, 0, 0),
    Sum(("2026-05-01", "QUALITY"), 7, 700_000, 0, 0),
    Sum(("2026-05-03", "DEFAULT"), 3, 60_000, 60_000, 60_000),
    Sum(("2026-05-03", NOT_KNOWN), 0, 320_000, 0, 0),
]


def test_a_bar_is_as_long_as_the_money_and_days_without_any_are_shown():
    stream = StringIO()
    print_bars(daily_money(DAYS, SUMS), stream)
    rows = stream.getvalue().splitlines()
    assert [row.split() for row in rows[:4]] == [
        ["2026-05-01", "█" * 50, "$1.00"],
        ["2026-05-02"],
        ["2026-05-03", "█" * 19 + "░" * 6, "$0.50"],
        ["2026-05-04"],
    ]
    assert rows[4].strip() == "█ Spent  ░ Not settled yet"


def test_a_terminal_that_knows_ascii_only_gets_other_signs():
    stream = TextIOWrapper(BytesIO(), encoding="ascii")
    print_bars(daily_money(DAYS, SUMS), stream)
    stream.flush()
    assert b"#" * 19 + b"." * 6 in stream.buffer.getvalue()


def test_nothing_spent_draws_an_empty_chart():
    money = daily_money(DAYS, [])
    print_bars(money, StringIO())
    assert Image.open(BytesIO(draw_png(money))).size[0] > 0


def test_the_picture_has_a_colour_for_each_kind_of_money():
    colours = Image.open(BytesIO(draw_png(daily_money(DAYS, SUMS)))).convert("RGB").getcolors(1 << 20)
    seen = {colour for _, colour in colours}
    assert {(0, 158, 115), (230, 159, 0), (86, 180, 233), (204, 121, 167), (148, 155, 164)} <= seen
