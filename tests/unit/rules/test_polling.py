"""When a generation is asked for again, and when it is given up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.failures import ProviderFailure, ProviderProblem
from bot.rules.generations import IdeogramApi
from bot.rules.polling import (
    MAX_NOT_FOUND,
    MAX_PENDING,
    MAX_UNREACHABLE,
    Pace,
    PollAfter,
    PollStreak,
    StopPolling,
    decide,
    first_poll,
    holds_the_queue,
)

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
PACE = Pace(10)
MOMENT = timedelta(microseconds=1)


def after(problem=None, *, count=1, age_s=0.0, pace=PACE, jitter=1.0, retry_after=None):
    now = START + timedelta(seconds=age_s)
    return decide(PollStreak(problem, now, count), START, now, pace, jitter=jitter, retry_after=retry_after)


@pytest.mark.parametrize(("age_s", "seconds"), [(0, 1), (5, 1), (15, 1.5), (60, 6), (100, 10), (1800, 10)])
def test_what_is_pending_is_asked_for_at_a_tenth_of_its_age(age_s, seconds):
    assert after(age_s=age_s) == PollAfter(seconds)
    assert after(age_s=age_s, jitter=0.0) == PollAfter(seconds * 0.75)


def test_the_first_poll_comes_after_the_shortest_wait():
    assert first_poll(PACE) == PollAfter(1.0)


@pytest.mark.parametrize(
    "problem",
    [
        ProviderProblem.UNREACHABLE,
        ProviderProblem.OUTCOME_UNKNOWN,
        ProviderProblem.REFUSED,
        ProviderProblem.KEY_REJECTED,
    ],
)
def test_trouble_doubles_the_wait_up_to_a_minute(problem):
    waits = [after(problem, count=count).seconds for count in (1, 2, 3, 4, 5, 6, 7, 10_000)]
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]
    assert after(problem, jitter=0.0) == PollAfter(1.0)


def test_a_rate_limit_holds_all_polls_back_for_as_long_as_it_says():
    assert after(ProviderProblem.RATE_LIMITED, retry_after=90.0) == PollAfter(90.0, for_all=True)
    assert after(ProviderProblem.RATE_LIMITED) == PollAfter(2.0, for_all=True)
    assert after(ProviderProblem.OUTCOME_UNKNOWN, retry_after=90.0) == PollAfter(90.0)


@given(
    st.integers(1, 1_000_000),
    st.sampled_from([None, *ProviderProblem]),
    st.integers(1, 50),
    st.floats(0, 1),
    st.floats(-100, 3000),
)
def test_all_slots_together_stay_within_half_of_the_polling_limit(slots, problem, count, jitter, age_s):
    decided = after(problem, count=count, jitter=jitter, age_s=age_s, pace=Pace(slots))
    if isinstance(decided, PollAfter):
        assert slots / decided.seconds <= 50 * 1.000001
    assert slots / first_poll(Pace(slots)).seconds <= 50 * 1.000001


def test_what_is_pending_is_given_up_an_hour_after_its_submit():
    seen = PollStreak(None, START + MAX_PENDING - MOMENT)
    assert decide(seen, START, START + MAX_PENDING - MOMENT, PACE, jitter=0.0) == PollAfter(7.5)
    assert decide(seen, START, START + MAX_PENDING, PACE, jitter=0.0) == StopPolling()


@pytest.mark.parametrize(
    ("problem", "patience"),
    [
        (ProviderProblem.REFUSED, MAX_NOT_FOUND),
        (ProviderProblem.NO_ACCESS, MAX_NOT_FOUND),
        (ProviderProblem.TURNED_AWAY, MAX_UNREACHABLE),
        (ProviderProblem.UNREACHABLE, MAX_UNREACHABLE),
        (ProviderProblem.OUTCOME_UNKNOWN, MAX_UNREACHABLE),
    ],
)
def test_trouble_is_given_up_once_it_has_lasted_in_a_row_however_long_ago_the_submit_was(problem, patience):
    """A bot that was away for a day finds one 404, or no connection, and does not park what it has paid for."""
    began = START + timedelta(days=1)
    seen = PollStreak(problem, began, 5)
    assert isinstance(decide(seen, START, began, PACE, jitter=0.0), PollAfter)
    assert isinstance(decide(seen, START, began + patience - MOMENT, PACE, jitter=0.0), PollAfter)
    assert decide(seen, START, began + patience, PACE, jitter=0.0) == StopPolling()


@pytest.mark.parametrize(
    "problem", [ProviderProblem.KEY_REJECTED, ProviderProblem.OUT_OF_CREDIT, ProviderProblem.RATE_LIMITED]
)
def test_what_the_operator_or_time_mends_is_never_given_up(problem):
    assert isinstance(
        decide(PollStreak(problem, START, 9), START, START + timedelta(days=400), PACE, jitter=0.0), PollAfter
    )


def test_another_trouble_counts_anew_and_the_same_goes_on():
    first = PollStreak(ProviderProblem.REFUSED, START)
    later = START + timedelta(minutes=1)
    assert first.extended_by(ProviderProblem.REFUSED, later) == PollStreak(ProviderProblem.REFUSED, START, 2)
    assert first.extended_by(ProviderProblem.UNREACHABLE, later) == PollStreak(ProviderProblem.UNREACHABLE, later, 1)
    assert first.extended_by(None, later) == PollStreak(None, later, 1)


@pytest.mark.parametrize("problem", ProviderProblem)
def test_only_key_and_balance_hold_the_queue(problem):
    assert holds_the_queue(ProviderFailure(problem)) == (
        problem in {ProviderProblem.KEY_REJECTED, ProviderProblem.OUT_OF_CREDIT}
    )


@pytest.mark.parametrize(
    ("api", "at_once"), [(IdeogramApi.V1, 10), (IdeogramApi.V1_ASYNC, 1), (IdeogramApi.V2, 1)], ids=str
)
def test_where_an_id_is_answered_submits_go_one_at_a_time(api, at_once):
    assert api.max_concurrent_submits(10) == at_once
