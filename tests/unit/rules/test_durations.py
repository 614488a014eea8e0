"""Lengths of time as people type them."""

from datetime import timedelta

import pytest

from bot.rules.durations import LONGEST, read_duration, spell_seconds, write_seconds


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30m", timedelta(minutes=30)),
        ("24h", timedelta(days=1)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(weeks=2)),
        ("1d12h", timedelta(hours=36)),
        (" 1D 12 H ", timedelta(hours=36)),
        ("90s", timedelta(seconds=90)),
        ("366d", LONGEST),
    ],
)
def test_read(text, length):
    assert read_duration(text) == length


@pytest.mark.parametrize("text", ["", "30", "m", "-1h", "0m", "0d0h", "1.5h", "1y", "367d", "99999w", "1h;", "for 1h"])
def test_what_is_none(text):
    assert read_duration(text) is None


@pytest.mark.parametrize(
    ("seconds", "typed", "spelled"),
    [
        (0, "0s", "0 seconds"),
        (61, "1m 1s", "1 minute 1 second"),
        (129_600, "1d 12h", "1 day 12 hours"),
        (2_592_000, "30d", "30 days"),
    ],
)
def test_written_as_one_types_it_and_spelled_out_in_a_sentence(seconds, typed, spelled):
    assert (write_seconds(seconds), spell_seconds(seconds)) == (typed, spelled)
