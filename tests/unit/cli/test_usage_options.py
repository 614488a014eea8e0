"""Which days and groups are asked for, as somebody types it."""

from datetime import UTC, date, datetime

import pytest

from bot.cli.kit.usage_options import UnreadableError, read_days, read_groupings
from bot.rules.usage_days import Days, Grouping

TODAY = date(2026, 5, 10)

READ = {
    (None, None, None): (date(2026, 4, 11), TODAY),
    (None, None, "1"): (TODAY, TODAY),
    ("2026-05-09", None, None): (date(2026, 5, 9), TODAY),
    ("2026-01-31", "2026-02-01", None): (date(2026, 1, 31), date(2026, 2, 1)),
    (None, "2026-03-01", "2"): (date(2026, 2, 28), date(2026, 3, 1)),
    ("2026-06-01", None, None): (date(2026, 6, 1), date(2026, 6, 1)),
    (None, "1970-01-02", "36600"): (date(1970, 1, 1), date(1970, 1, 2)),
}
WRONG = {
    ("2026-05-09", None, "3"): "--since and --days cannot be used together.",
    ("2026-05-09", "2026-05-08", None): "--since 2026-05-09 is after --until 2026-05-08.",
    ("yesterday", None, None): "--since yesterday is not a date. Write it like 2026-05-31.",
    (None, "2026-02-30", None): "--until 2026-02-30 is not a date. Write it like 2026-05-31.",
    (None, "1969-12-31", None): "--until 1969-12-31 is not a date. Write it like 2026-05-31.",
    (None, "9999-12-31", None): "--until 9999-12-31 is not a date. Write it like 2026-05-31.",
    (None, None, "0"): "--days 0 is not a number from 1 to 36600.",
    (None, None, "-3"): "--days -3 is not a number from 1 to 36600.",
    (None, None, "٣"): "--days ٣ is not a number from 1 to 36600.",
    (None, None, "9" * 5_000): f"--days {'9' * 5_000} is not a number from 1 to 36600.",
}


@pytest.mark.parametrize("typed", READ)
def test_days_are_read(typed):
    assert read_days(*typed, TODAY) == Days(*READ[typed])


@pytest.mark.parametrize("typed", WRONG, ids=str)
def test_what_makes_no_sense_is_told_in_one_sentence(typed):
    with pytest.raises(UnreadableError) as raised:
        read_days(*typed, TODAY)
    assert str(raised.value) == WRONG[typed]


def test_a_day_ends_where_the_next_one_begins():
    days = Days(date(2026, 2, 28), date(2026, 2, 28))
    assert (days.begin, days.end) == (datetime(2026, 2, 28, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))


def test_groups_are_read_once_each_in_their_order():
    assert read_groupings(["speed", "day", "speed"]) == (Grouping.SPEED, Grouping.DAY)
    assert read_groupings([]) == (Grouping.DAY,)
    with pytest.raises(UnreadableError, match=r"--by week is unknown. Choose from: day, server, person, speed."):
        read_groupings(["day", "week"])
