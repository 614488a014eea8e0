"""When a waiting remix will probably be done, and what it costs."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules import estimates
from bot.rules.estimates import Estimate, Readiness, Usual
from bot.rules.prices import Speed, dollars, reservation, settlement

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
TEN_SECONDS = Usual(10.0, 15.0)
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
    expected = estimates.queued(NOW, ahead=ahead, running=running, slots=2, usual=TEN_SECONDS)
    assert expected == Estimate(Readiness.EXPECTED, NOW + timedelta(seconds=10 * rounds))


def test_more_before_it_never_means_sooner():
    times = [estimates.queued(NOW, ahead=ahead, running=3, slots=4, usual=TEN_SECONDS).at for ahead in range(50)]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("began_s_ago", "readiness"),
    [
        (0, Readiness.EXPECTED),
        (8, Readiness.EXPECTED),
        (9, Readiness.SOON),
        (15, Readiness.SOON),
        (16, Readiness.LATE),
        (9999, Readiness.LATE),
    ],
)
def test_one_that_is_over_its_usual_time_is_soon_ready_and_then_late_and_has_no_time(began_s_ago, readiness):
    found = estimates.running(NOW - timedelta(seconds=began_s_ago), NOW, TEN_SECONDS)
    assert found.readiness is readiness
    assert (found.at is not None) == (readiness is Readiness.EXPECTED)


@given(st.floats(0, 10_000), st.floats(0.1, 1000))
def test_no_time_is_ever_in_the_past(began_s_ago, seconds):
    found = estimates.running(
        NOW - timedelta(seconds=began_s_ago), NOW, Usual.of(Speed.TURBO, {Speed.TURBO: [seconds]})
    )
    assert found.at is None or found.at > NOW


def test_the_median_of_what_was_measured_counts():
    assert Usual.of(Speed.TURBO, {Speed.TURBO: [4.0, 100.0, 5.0], Speed.DEFAULT: [1.0]}).seconds == 5.0


def test_a_speed_without_a_measurement_goes_by_another_one_in_proportion():
    assert Usual.of(Speed.DEFAULT, {Speed.TURBO: [4.0], Speed.DEFAULT: []}).seconds == 8.0
    assert Usual.of(Speed.TURBO, {Speed.QUALITY: [4.0]}).seconds == 1.0


@pytest.mark.parametrize("speed", Speed)
def test_before_anything_was_made_no_time_is_made_up(speed):
    usual = Usual.of(speed, {})
    assert usual.seconds is None
    assert estimates.queued(NOW, ahead=3, running=1, slots=1, usual=usual) == Estimate(Readiness.UNMEASURED)
    assert estimates.running(NOW, NOW, usual) == Estimate(Readiness.UNMEASURED)
    assert estimates.running(NOW - timedelta(minutes=3), NOW, usual) == Estimate(Readiness.LATE)


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
