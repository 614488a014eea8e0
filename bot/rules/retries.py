"""Decides what to do after a failed call to the paid API. The client itself never retries."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.failures import FailureKind, ProviderFailure, ProviderProblem

FIRST_DELAY_S = 2.0
LONGEST_DELAY_S = 120.0
LONGEST_WAIT = timedelta(minutes=30)
"""No job is put off for longer, whatever was asked for: a later due time tells that the clock was set back."""


@dataclass(frozen=True, slots=True)
class RetryAt:
    """The call was certainly not executed: the job is queued until `at`. `for_all` delays all other calls too."""

    at: datetime
    for_all: bool


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The job fails; nothing was charged."""

    kind: FailureKind


@dataclass(frozen=True, slots=True)
class Park:
    """The call may have been executed and billed, so no timer repeats it. The operator decides.

    Ideogram has no idempotency key: the same request sent twice is paid twice.
    """


@dataclass(frozen=True, slots=True)
class HoldQueue:
    """The key, its access or the balance is the problem. The job goes back to the queue, and the queue waits."""

    problem: ProviderProblem


@dataclass(frozen=True, slots=True)
class WaitForSlot:
    """Too many images are in progress. The job goes first when a call of ours ends.

    `told`: the limit, if Ideogram named it.
    """

    told: int | None


Decision = RetryAt | GiveUp | Park | HoldQueue | WaitForSlot


def decide(failure: ProviderFailure, attempt: int, now: datetime, jitter: float) -> Decision:
    """What to do after the `attempt`-th failed call (the first is 1). `jitter` is a random number from 0 to 1.

    There is no limit of attempts: MAX_QUEUE_AGE_S ends a job that waits too long.
    """
    match failure.problem:
        case ProviderProblem.KEY_REJECTED | ProviderProblem.NO_ACCESS | ProviderProblem.OUT_OF_CREDIT:
            return HoldQueue(failure.problem)
        case ProviderProblem.RATE_LIMITED if failure.is_inflight_limit:
            return WaitForSlot(failure.max_inflight)
        case ProviderProblem.RATE_LIMITED | ProviderProblem.UNREACHABLE:
            delay = backoff(attempt, jitter, failure.retry_after)
            return RetryAt(now + timedelta(seconds=delay), for_all=True)
        case ProviderProblem.TURNED_AWAY:
            delay = backoff(attempt, jitter, failure.retry_after)
            return RetryAt(now + timedelta(seconds=delay), for_all=False)
        case ProviderProblem.REFUSED:
            return GiveUp(failure.kind or FailureKind.REQUEST_REJECTED)
        case ProviderProblem.OUTCOME_UNKNOWN:
            return Park()


def backoff(attempt: int, jitter: float, at_least: float | None = None) -> float:
    """Seconds to wait after the `attempt`-th failure: exponential, half of it fixed and half multiplied by `jitter`."""
    # The exponent is capped because 2.0 ** 1024 raises OverflowError.
    ceiling = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(attempt - 1, 16))
    return max(ceiling * (0.5 + 0.5 * jitter), at_least or 0.0)


SLOW_DELIVERY_DELAY_S = 600.0
_SLOW_FROM_ATTEMPT = 10
MAX_DELIVERY_TIME = timedelta(days=1)
"""How long the bot keeps trying to fetch and post a paid result. Ideogram's result links live for 24 hours."""

_FIRST_CHANGE = timedelta(seconds=30)
_LONGEST_CHANGE = timedelta(hours=1)
_MOST_CHANGES = 28
"""About a day. Then a message is changed only when somebody asks for it again, or with its next change."""

MAX_GONE_TIME = timedelta(minutes=5)
"""How long to keep fetching a link that answers 403, 404 or 410: a new picture may take a moment to appear."""


def next_delivery(
    attempt: int, since: datetime, now: datetime, jitter: float, retry_after: float | None = None
) -> datetime | None:
    """When to fetch or post again after the `attempt`-th failure. None: keep it until its author asks for it.

    `retry_after`: the seconds that Discord asks for. It has asked for 8,605, so it may be asked again before that.
    """
    if now - since >= MAX_DELIVERY_TIME:
        return None
    delay = backoff(attempt, jitter) if attempt < _SLOW_FROM_ATTEMPT else SLOW_DELIVERY_DELAY_S
    return now + min(timedelta(seconds=max(delay, retry_after or 0.0)), LONGEST_WAIT)


def next_change(attempts: int, now: datetime) -> datetime | None:
    """When to change a message again that Discord did not change, after `attempts` earlier tries. None: never."""
    return now + min(_LONGEST_CHANGE, _FIRST_CHANGE * 2**attempts) if attempts < _MOST_CHANGES else None
