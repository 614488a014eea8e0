"""When a waiting remix will probably be done, and what it costs."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.rules.estimates import UNMEASURED_S, expected_at, running_until, typical_seconds
from bot.rules.prices import Speed, dollars, reservation, settlement

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
PRICES = {Speed.TURBO: 30_000, Speed.DEFAULT: 60_000, Speed.QUALITY: 100_000}


@pytest.mark.parametrize(
    ("ahead", "running", "rounds"),
    [
        (0, 0, 1.0),
        (1, 0, 1.0),
        (2, 0, 1.5),
        (0, 1, 1.0),
        (1, 1, 1.5),
        (0, 2, 1.5),
        (1, 2, 1.5),
        (2, 2, 2.5),
        (0, 5, 1.5),
        (99, 2, 50.5),
    ],
)
def test_those_before_go_first_as_many_at_once_as_there_are_slots(ahead, running, rounds):
    """Two slots of ten seconds; the running ones are taken to be half done."""
    expected = expected_at(NOW, ahead=ahead, running=running, slots=2, seconds=10.0)
    assert expected == NOW + timedelta(seconds=10 * rounds)


def test_more_before_it_never_means_sooner():
    times = [expected_at(NOW, ahead=ahead, running=3, slots=4, seconds=7.0) for ahead in range(50)]
    assert times == sorted(times)


@pytest.mark.parametrize(("began_s_ago", "left_s"), [(0, 20), (5, 15), (15, 5), (20, 5), (500, 5)])
def test_one_that_is_overdue_will_be_done_soon(began_s_ago, left_s):
    assert running_until(NOW - timedelta(seconds=began_s_ago), NOW, 20.0) == NOW + timedelta(seconds=left_s)


def test_the_median_of_what_was_measured_counts_and_a_guess_only_before_that():
    assert typical_seconds(Speed.TURBO, [4.0, 100.0, 5.0]) == 5.0
    assert {speed: typical_seconds(speed, []) for speed in Speed} == UNMEASURED_S


@pytest.mark.parametrize("speed", Speed)
def test_as_many_images_as_a_call_may_bill_are_set_aside_and_each_image_that_came_is_paid(speed):
    assert reservation(speed, PRICES, 1) == settlement(speed, 1, PRICES) == PRICES[speed]
    assert reservation(speed, PRICES, 3) == settlement(speed, 3, PRICES)
    assert settlement(speed, 4, PRICES) == 4 * PRICES[speed]
    assert settlement(speed, 0, PRICES) == 0


@pytest.mark.parametrize(
    ("micros", "text"),
    [(30_000, "$0.03"), (1_200_000, "$1.20"), (125_000, "$0.125"), (0, "$0.00"), (1, "$0.000001"), (12e7, "$120.00")],
)
def test_money_is_told_as_people_read_it(micros, text):
    assert dollars(int(micros)) == text
