"""What to do after a failed call of the paid API. The client itself retries nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.failures import FailureKind, ProviderFailure, ProviderProblem

FIRST_DELAY_S = 2.0
LONGEST_DELAY_S = 120.0


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Surely not executed: the job goes back to the queue until then. `for_all` holds every other call back too."""

    at: datetime
    for_all: bool


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The job is over; nothing was charged."""

    kind: FailureKind


@dataclass(frozen=True, slots=True)
class Park:
    """It may have been executed and billed: never repeated by a timer."""


@dataclass(frozen=True, slots=True)
class HoldQueue:
    """Nobody's job has failed: the key or the balance has. The job goes back to the queue, and the queue waits."""

    problem: ProviderProblem


Decision = RetryAt | GiveUp | Park | HoldQueue


def decide(failure: ProviderFailure, attempt: int, now: datetime, jitter: float) -> Decision:
    """What follows from the `attempt`-th failed call (1 is the first). `jitter` is drawn from 0 to 1.

    How long a job may go on trying is not decided here: the queue's age limit ends it.
    """
    match failure.problem:
        case ProviderProblem.KEY_REJECTED | ProviderProblem.OUT_OF_CREDIT:
            return HoldQueue(failure.problem)
        case ProviderProblem.RATE_LIMITED | ProviderProblem.UNREACHABLE:
            delay = backoff(attempt, jitter, failure.retry_after)
            return RetryAt(now + timedelta(seconds=delay), for_all=True)
        case ProviderProblem.REFUSED:
            return GiveUp(failure.kind or FailureKind.REQUEST_REJECTED)
        case ProviderProblem.OUTCOME_UNKNOWN:
            return Park()


def backoff(attempt: int, jitter: float, at_least: float | None = None) -> float:
    """Seconds to wait after the `attempt`-th failure: doubling, half of it fixed and half by `jitter` (0 to 1)."""
    ceiling = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(attempt - 1, 16))
    return max(ceiling * (0.5 + 0.5 * jitter), at_least or 0.0)


LONGEST_DELIVERY_DELAY_S = 600.0
MAX_DELIVERY_TIME = timedelta(days=1)
"""How long fetching and posting of a paid result is tried by itself: as long as its links live."""


MAX_GONE_TIME = timedelta(minutes=5)
"""How long a link that answers "gone" is believed to be only late."""


def next_delivery(attempt: int, since: datetime, now: datetime, jitter: float) -> datetime | None:
    """When to fetch or post again after the `attempt`-th failure; None: keep it until somebody asks for it."""
    if now - since >= MAX_DELIVERY_TIME:
        return None
    delay = min(
        LONGEST_DELIVERY_DELAY_S, backoff(attempt, jitter) if attempt < _SLOWER_FROM else LONGEST_DELIVERY_DELAY_S
    )
    return now + timedelta(seconds=delay)


_SLOWER_FROM = 10
