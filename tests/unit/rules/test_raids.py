"""Who is new for raid mode."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.rules.raids import account_made_at, is_new

NOW = datetime(2026, 6, 1, tzinfo=UTC)
WEEK = timedelta(days=7)


def account(age):
    """The id of an account of that age."""
    return int((NOW - age).timestamp() * 1000 - 1_420_070_400_000) << 22


def test_an_id_tells_when_the_account_was_made():
    # The example in Discord's reference.
    assert account_made_at(175928847299117063) == datetime(2016, 4, 30, 11, 18, 25, 796000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("made", "joined", "expected"),
    [
        (timedelta(days=900), timedelta(days=8), False),
        (timedelta(days=900), timedelta(days=6), True),
        (timedelta(days=6), timedelta(days=6), True),
        # Joined before the account was made: Discord's own clocks differ by moments.
        (timedelta(days=6), timedelta(days=900), True),
        (timedelta(days=900), None, False),
        (timedelta(days=1), None, True),
    ],
)
def test_a_young_account_or_a_new_member_is_new(made, joined, expected):
    assert is_new(account(made), NOW - joined if joined is not None else None, WEEK, NOW) is expected
