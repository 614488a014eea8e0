"""When to poll a submitted generation again, and when to give up on it. Polling is free."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.failures import ProviderFailure, ProviderProblem

MAX_PENDING = timedelta(hours=1)
"""How long a generation may stay pending after its submit. The slowest ones that users report take minutes."""
MAX_NOT_FOUND = timedelta(hours=1)
"""How long polls may fail in a row with a 404 or another status that says our request is wrong."""
MAX_UNREACHABLE = timedelta(hours=6)
"""How long polls may fail in a row without a connection, with a 5xx or with an unreadable body."""

# With a wait of a tenth of its age, a finished generation lies idle for at most 10 % of the time it took.
_SHARE_OF_AGE = 0.1
# Half of what Ideogram allows an organization: 1,000 polls in 10 s. The other half is for its other programs.
_REQUESTS_PER_S = 50.0
_MAX_WAIT_AFTER_PROBLEM_S = 60.0
# A poll that is answered 403 says nothing about submits, unlike a wrong key: the generation may be another account's.
_WRONG_REQUEST = {ProviderProblem.REFUSED, ProviderProblem.NO_ACCESS}
_FIXED_BY_OPERATOR = {ProviderProblem.KEY_REJECTED, ProviderProblem.OUT_OF_CREDIT}


@dataclass(frozen=True, slots=True)
class Pace:
    """Limits for the seconds between two polls of one generation, while up to `slots` generations run."""

    slots: int
    shortest_s: float = 1.0
    longest_s: float = 10.0


@dataclass(frozen=True, slots=True)
class PollStreak:
    """How often in a row polls of one generation had the same result. `problem` None means pending."""

    problem: ProviderProblem | None
    since: datetime
    count: int = 1

    def extended_by(self, problem: ProviderProblem | None, now: datetime) -> "PollStreak":
        return PollStreak(problem, self.since, self.count + 1) if problem is self.problem else PollStreak(problem, now)


@dataclass(frozen=True, slots=True)
class PollAfter:
    """Poll again after so many seconds; `for_all` delays all other generations too."""

    seconds: float
    for_all: bool = False


@dataclass(frozen=True, slots=True)
class StopPolling:
    """Give up: the outcome of the generation stays unknown."""


def first_poll(pace: Pace) -> PollAfter:
    return PollAfter(_within_limit(pace, pace.shortest_s))


def decide(
    streak: PollStreak,
    submitted_at: datetime,
    now: datetime,
    pace: Pace,
    *,
    jitter: float,
    retry_after: float | None = None,
) -> PollAfter | StopPolling:
    """What to do after the latest poll. `jitter` is a random number from 0 to 1; `retry_after` is in seconds."""
    if now >= _give_up_at(streak, submitted_at):
        return StopPolling()
    if streak.problem is None:
        age_s = max(0.0, (now - submitted_at).total_seconds())
        wait = min(pace.longest_s, max(pace.shortest_s, age_s * _SHARE_OF_AGE))
        return PollAfter(_within_limit(pace, wait * (0.75 + 0.25 * jitter)))
    ceiling = min(_MAX_WAIT_AFTER_PROBLEM_S, pace.shortest_s * 2.0 ** min(streak.count, 16))
    wait = max(ceiling * (0.5 + 0.5 * jitter), retry_after or 0.0)
    return PollAfter(_within_limit(pace, wait), for_all=streak.problem is ProviderProblem.RATE_LIMITED)


def _give_up_at(streak: PollStreak, submitted_at: datetime) -> datetime:
    # These end without our doing, and the paid result stays at Ideogram meanwhile: never give up.
    if streak.problem in _FIXED_BY_OPERATOR or streak.problem is ProviderProblem.RATE_LIMITED:
        return datetime.max.replace(tzinfo=submitted_at.tzinfo)
    if streak.problem is None:
        return submitted_at + MAX_PENDING
    return streak.since + (MAX_NOT_FOUND if streak.problem in _WRONG_REQUEST else MAX_UNREACHABLE)


def _within_limit(pace: Pace, seconds: float) -> float:
    return max(seconds, pace.slots / _REQUESTS_PER_S)


def holds_the_queue(failure: ProviderFailure) -> bool:
    """Whether a submit would fail for the same reason as this poll."""
    return failure.problem in _FIXED_BY_OPERATOR
