"""The states of a job, what each of them means, and every legal move. docs/architecture.md has the picture."""

from enum import StrEnum


class JobState(StrEnum):
    """A state says what is true of the work. Which process has the job is its lease, not its state."""

    QUEUED = "queued"
    """Accepted, and waiting for its due time and a slot. Its money is reserved."""
    GENERATING = "generating"
    """The paid request was sent or is about to be. From here on the money may be spent."""
    GENERATED = "generated"
    """The results are stored, first as links and then as files, but not posted yet. Without a due time they are kept
    until their author asks for them."""
    IN_REVIEW = "in_review"
    """The results are stored, and a moderator decides whether they are posted. Until the due time: then it ends."""
    DELIVERED = "delivered"
    """The author has the results. Final."""
    FAILED = "failed"
    """Ended without delivered results; the failure kind says why. Final."""
    CANCELLED = "cancelled"
    """Stopped before any money was spent. Final."""
    OUTCOME_UNKNOWN = "outcome_unknown"
    """The paid request got no clear response, so it may have been billed. Its money is unresolved.

    Only its late answer, the operator, or the setting ON_UNKNOWN_OUTCOME moves it on: a timer could pay twice."""


FINAL = frozenset({JobState.DELIVERED, JobState.FAILED, JobState.CANCELLED})
WAITING = frozenset({JobState.QUEUED, JobState.GENERATING})
"""Jobs without a result yet. They count against the limits of their author's queue and of the whole queue."""

MOVES: frozenset[tuple[JobState, JobState]] = frozenset(
    {
        (JobState.QUEUED, JobState.GENERATING),
        (JobState.QUEUED, JobState.CANCELLED),
        (JobState.QUEUED, JobState.FAILED),
        # By the late answer of a call that was given up, before it is made again.
        (JobState.QUEUED, JobState.GENERATED),
        (JobState.GENERATING, JobState.GENERATED),
        (JobState.GENERATING, JobState.QUEUED),
        (JobState.GENERATING, JobState.FAILED),
        (JobState.GENERATING, JobState.OUTCOME_UNKNOWN),
        (JobState.GENERATED, JobState.DELIVERED),
        (JobState.GENERATED, JobState.FAILED),
        (JobState.GENERATED, JobState.IN_REVIEW),
        (JobState.IN_REVIEW, JobState.GENERATED),
        (JobState.IN_REVIEW, JobState.FAILED),
        (JobState.OUTCOME_UNKNOWN, JobState.QUEUED),
        (JobState.OUTCOME_UNKNOWN, JobState.FAILED),
        # By the late answer of that call.
        (JobState.OUTCOME_UNKNOWN, JobState.GENERATED),
    }
)


def is_legal(source: JobState, target: JobState) -> bool:
    return (source, target) in MOVES
