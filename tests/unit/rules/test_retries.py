"""What follows from each way in which a call of the paid API can fail."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.rules.failures import FailureKind, ProviderFailure, ProviderProblem
from bot.rules.retries import (
    LONGEST_DELAY_S,
    LONGEST_WAIT,
    SLOW_DELIVERY_DELAY_S,
    GiveUp,
    HoldQueue,
    Park,
    RetryAt,
    backoff,
    decide,
    next_delivery,
)

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("failure", "attempt", "jitter", "decision"),
    [
        (ProviderFailure(ProviderProblem.RATE_LIMITED), 1, 0.0, RetryAt(later(1), for_all=True)),
        (ProviderFailure(ProviderProblem.RATE_LIMITED), 1, 1.0, RetryAt(later(2), for_all=True)),
        (ProviderFailure(ProviderProblem.RATE_LIMITED), 3, 1.0, RetryAt(later(8), for_all=True)),
        (ProviderFailure(ProviderProblem.RATE_LIMITED, retry_after=45.0), 1, 1.0, RetryAt(later(45), for_all=True)),
        (ProviderFailure(ProviderProblem.RATE_LIMITED, retry_after=0.0), 1, 1.0, RetryAt(later(2), for_all=True)),
        (ProviderFailure(ProviderProblem.RATE_LIMITED, retry_after=3.0), 4, 1.0, RetryAt(later(16), for_all=True)),
        (ProviderFailure(ProviderProblem.UNREACHABLE), 2, 0.5, RetryAt(later(3), for_all=True)),
        (ProviderFailure(ProviderProblem.KEY_REJECTED), 1, 0.5, HoldQueue(ProviderProblem.KEY_REJECTED)),
        (ProviderFailure(ProviderProblem.KEY_REJECTED), 99, 0.5, HoldQueue(ProviderProblem.KEY_REJECTED)),
        (ProviderFailure(ProviderProblem.NO_ACCESS), 1, 0.5, HoldQueue(ProviderProblem.NO_ACCESS)),
        (ProviderFailure(ProviderProblem.TURNED_AWAY), 2, 0.5, RetryAt(later(3), for_all=False)),
        (ProviderFailure(ProviderProblem.TURNED_AWAY, retry_after=45.0), 1, 1.0, RetryAt(later(45), for_all=False)),
        (ProviderFailure(ProviderProblem.OUT_OF_CREDIT), 1, 0.5, HoldQueue(ProviderProblem.OUT_OF_CREDIT)),
        (ProviderFailure(ProviderProblem.REFUSED), 1, 0.5, GiveUp(FailureKind.REQUEST_REJECTED)),
        (
            ProviderFailure(ProviderProblem.REFUSED, FailureKind.PROMPT_UNSAFE),
            1,
            0.5,
            GiveUp(FailureKind.PROMPT_UNSAFE),
        ),
        (ProviderFailure(ProviderProblem.OUTCOME_UNKNOWN), 1, 0.5, Park()),
        (ProviderFailure(ProviderProblem.OUTCOME_UNKNOWN, retry_after=5.0), 2, 0.5, Park()),
    ],
)
def test_each_failure_has_its_decision(failure, attempt, jitter, decision):
    assert decide(failure, attempt, NOW, jitter) == decision


@pytest.mark.parametrize("problem", ProviderProblem)
@pytest.mark.parametrize("attempt", [1, 50])
def test_only_what_was_surely_not_executed_is_repeated(problem, attempt):
    repeats = isinstance(decide(ProviderFailure(problem), attempt, NOW, 0.5), RetryAt | HoldQueue)
    assert repeats == (problem not in {ProviderProblem.REFUSED, ProviderProblem.OUTCOME_UNKNOWN})


def test_the_wait_doubles_up_to_its_longest_and_jitter_moves_it_by_half():
    assert [backoff(attempt, 1.0) for attempt in range(1, 9)] == [2, 4, 8, 16, 32, 64, 120, 120]
    assert [backoff(attempt, 0.0) for attempt in (1, 2, 7)] == [1, 2, 60]
    assert backoff(10_000, 1.0) == LONGEST_DELAY_S


def test_a_delivery_is_tried_ever_more_slowly_for_a_day_and_then_kept():
    assert next_delivery(1, NOW, NOW, 1.0) == later(2)
    assert next_delivery(9, NOW, NOW, 1.0) == later(LONGEST_DELAY_S)
    assert next_delivery(10, NOW, NOW, 0.0) == later(SLOW_DELIVERY_DELAY_S)
    day = timedelta(days=1)
    assert next_delivery(200, NOW - day + timedelta(seconds=1), NOW, 0.5) == later(SLOW_DELIVERY_DELAY_S)
    assert next_delivery(200, NOW - day, NOW, 0.5) is None


def test_a_delivery_waits_as_long_as_discord_asks_and_never_longer_than_the_clock_can_tell():
    assert next_delivery(1, NOW, NOW, 1.0, retry_after=900.0) == later(900)
    assert next_delivery(1, NOW, NOW, 1.0, retry_after=0.5) == later(2)
    assert next_delivery(1, NOW, NOW, 1.0, retry_after=8605.0) == NOW + LONGEST_WAIT
    assert next_delivery(1, NOW - timedelta(days=1), NOW, 1.0, retry_after=900.0) is None
