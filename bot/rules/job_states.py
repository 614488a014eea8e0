"""The states of a job, what each promises, and every legal move. docs/architecture.md has the picture."""

from enum import StrEnum


class JobState(StrEnum):
    """Names say what is true of the work. Who is holding it at the moment is the lease, not the state."""

    QUEUED = "queued"
    """Accepted; waits for its due time and a slot. Money is reserved."""
    GENERATING = "generating"
    """The paid request has left or is about to. Money may be gone."""
    GENERATED = "generated"
    """The answer is ours (links on record, then bytes), not yet posted. What cannot be posted has no due time."""
    DELIVERED = "delivered"
    """The person has the results. Final."""
    FAILED = "failed"
    """Over; the failure kind says why. Final."""
    CANCELLED = "cancelled"
    """Stopped before anything was spent. Final."""
    OUTCOME_UNKNOWN = "outcome_unknown"
    """Asked, no answer: it may have been paid. Its money is unresolved; only the operator moves it on."""


FINAL = frozenset({JobState.DELIVERED, JobState.FAILED, JobState.CANCELLED})
WAITING = frozenset({JobState.QUEUED, JobState.GENERATING})
"""What counts against a person's and the whole queue's limit: a job whose answer is not here yet."""

MOVES: frozenset[tuple[JobState, JobState]] = frozenset(
    {
        (JobState.QUEUED, JobState.GENERATING),
        (JobState.QUEUED, JobState.CANCELLED),
        (JobState.QUEUED, JobState.FAILED),
        (JobState.GENERATING, JobState.GENERATED),
        (JobState.GENERATING, JobState.QUEUED),
        (JobState.GENERATING, JobState.FAILED),
        (JobState.GENERATING, JobState.OUTCOME_UNKNOWN),
        (JobState.GENERATED, JobState.DELIVERED),
        (JobState.GENERATED, JobState.FAILED),
        (JobState.OUTCOME_UNKNOWN, JobState.QUEUED),
        (JobState.OUTCOME_UNKNOWN, JobState.FAILED),
    }
)


def is_legal(source: JobState, target: JobState) -> bool:
    return (source, target) in MOVES
