"""The third broken picture of a person within ten minutes is one too many."""

from datetime import UTC, datetime, timedelta

from bot.rules.broken_pictures import BrokenPictures

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def test_two_are_free_and_each_further_one_counts():
    broken = BrokenPictures()
    assert [broken.add(1, NOW + timedelta(minutes=minute)) for minute in range(5)] == [False, False, True, True, True]


def test_people_are_counted_apart():
    broken = BrokenPictures()
    assert not any(broken.add(person, NOW) for person in (1, 2, 1, 2, 3))


def test_what_lies_long_back_is_forgiven():
    broken = BrokenPictures()
    times = [0, 1, 12, 13, 14]
    assert [broken.add(1, NOW + timedelta(minutes=minute)) for minute in times] == [False, False, False, False, True]


def test_many_people_take_no_memory_for_ever():
    broken = BrokenPictures()
    for person in range(25_000):
        broken.add(person, NOW)
    assert len(broken._times) <= 10_000
