"""When a generation that was submitted is asked for again, and when nobody waits for it any longer. Costs nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.failures import ProviderFailure, ProviderProblem

MAX_PENDING = timedelta(hours=1)
"""Since it was submitted. The longest that has been heard of takes minutes."""
MAX_NOT_FOUND = timedelta(hours=1)
"""In a row: 404 and whatever else says that the question is wrong."""
MAX_UNREACHABLE = timedelta(hours=6)
"""In a row: no connection, 5xx, answers that nobody can read."""

_OF_ITS_AGE = 0.1
_REQUESTS_PER_S = 50.0
"""Half of what Ideogram allows an organization (1,000 in 10 s)."""
_LONGEST_AFTER_TROUBLE_S = 60.0
_MENDED_BY_THE_OPERATOR = {ProviderProblem.KEY_REJECTED, ProviderProblem.OUT_OF_CREDIT}


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two polls of one generation, with `slots` of them at once."""

    slots: int
    shortest_s: float = 1.0
    longest_s: float = 10.0


@dataclass(frozen=True, slots=True)
class PollStreak:
    """What the last polls of one generation have brought: `problem` (None: pending), `count` times in a row."""

    problem: ProviderProblem | None
    since: datetime
    count: int = 1

    def extended_by(self, problem: ProviderProblem | None, now: datetime) -> "PollStreak":
        return PollStreak(problem, self.since, self.count + 1) if problem is self.problem else PollStreak(problem, now)


@dataclass(frozen=True, slots=True)
class PollAfter:
    """So many seconds; `for_all` holds every other poll back too."""

    seconds: float
    for_all: bool = False


@dataclass(frozen=True, slots=True)
class StopPolling:
    """Nobody knows what became of it."""


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
    """What follows from the last poll. `jitter` is drawn from 0 to 1.

    The longer it takes the less often it is asked for: at most a tenth of its age is waited in vain.
    """
    if now >= _patient_until(streak, submitted_at):
        return StopPolling()
    if streak.problem is None:
        age_s = max(0.0, (now - submitted_at).total_seconds())
        wait = min(pace.longest_s, max(pace.shortest_s, age_s * _OF_ITS_AGE))
        return PollAfter(_within_limit(pace, wait * (0.75 + 0.25 * jitter)))
    ceiling = min(_LONGEST_AFTER_TROUBLE_S, pace.shortest_s * 2.0 ** min(streak.count, 16))
    wait = max(ceiling * (0.5 + 0.5 * jitter), retry_after or 0.0)
    return PollAfter(_within_limit(pace, wait), for_all=streak.problem is ProviderProblem.RATE_LIMITED)


def _patient_until(streak: PollStreak, submitted_at: datetime) -> datetime:
    if streak.problem in _MENDED_BY_THE_OPERATOR or streak.problem is ProviderProblem.RATE_LIMITED:
        return datetime.max.replace(tzinfo=submitted_at.tzinfo)
    if streak.problem is None:
        return submitted_at + MAX_PENDING
    return streak.since + (MAX_NOT_FOUND if streak.problem is ProviderProblem.REFUSED else MAX_UNREACHABLE)


def _within_limit(pace: Pace, seconds: float) -> float:
    return max(seconds, pace.slots / _REQUESTS_PER_S)


def holds_the_queue(failure: ProviderFailure) -> bool:
    """Whether a poll's failure says that no submit would do either."""
    return failure.problem in _MENDED_BY_THE_OPERATOR
