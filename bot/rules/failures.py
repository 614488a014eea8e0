"""Codes for why an accepted remix failed, and what each of them means for the member's limits and money."""

from dataclasses import dataclass
from enum import StrEnum


class FailureKind(StrEnum):
    """Why a job ended without a result. Stored with the job; `discord_app/remixes/words.py` has the sentences."""

    REQUEST_REJECTED = "request_rejected"
    PROMPT_UNSAFE = "prompt_unsafe"
    PICTURE_UNSAFE = "picture_unsafe"
    SAFETY_REFUSED = "safety_refused"
    PICTURE_TOO_LARGE = "picture_too_large"
    ALL_WITHHELD = "all_withheld"
    QUEUE_EXPIRED = "queue_expired"
    SERVER_NOT_ALLOWED = "server_not_allowed"
    PERSON_BLOCKED = "person_blocked"
    SERVER_BLOCKED = "server_blocked"
    MEMBER_BLOCKED = "member_blocked"
    CHANNEL_NOT_ALLOWED = "channel_not_allowed"
    REMOVED = "removed"
    RESULT_LOST = "result_lost"
    RESULT_EXPIRED = "result_expired"
    SOURCE_LOST = "source_lost"
    OUTCOME_WRITTEN_OFF = "outcome_written_off"
    GENERATION_FAILED = "generation_failed"


class Executed(StrEnum):
    """Whether the provider ran a request, and therefore may bill it."""

    NO = "no"
    YES = "yes"
    UNKNOWN = "unknown"


# The member could have avoided these, or a person ended the remix on purpose. Uncounting them would let somebody try
# unsafe prompts without a cooldown.
_BY_PERSON = frozenset(
    {
        FailureKind.PROMPT_UNSAFE,
        FailureKind.PICTURE_UNSAFE,
        FailureKind.SAFETY_REFUSED,
        FailureKind.ALL_WITHHELD,
        FailureKind.RESULT_EXPIRED,
        FailureKind.REMOVED,
    }
)
_CHARGED = frozenset(
    {FailureKind.ALL_WITHHELD, FailureKind.RESULT_LOST, FailureKind.RESULT_EXPIRED, FailureKind.REMOVED}
)


def is_uncounted(kind: FailureKind) -> bool:
    """Whether a remix that failed this way stops counting against its author's cooldown and quotas."""
    return kind not in _BY_PERSON


def was_charged(kind: FailureKind) -> bool:
    """Whether this failure was certainly billed. For OUTCOME_WRITTEN_OFF and GENERATION_FAILED ask the ledger."""
    return kind in _CHARGED


class ProviderProblem(StrEnum):
    """What went wrong in a call to the API, as precisely as the decision to retry needs."""

    RATE_LIMITED = "rate_limited"
    UNREACHABLE = "unreachable"
    KEY_REJECTED = "key_rejected"
    OUT_OF_CREDIT = "out_of_credit"
    REFUSED = "refused"
    OUTCOME_UNKNOWN = "outcome_unknown"


@dataclass(frozen=True, slots=True)
class ProviderFailure:
    """A failed call. `retry_after` is in seconds; `kind` is set only if `problem` is REFUSED."""

    problem: ProviderProblem
    kind: FailureKind | None = None
    retry_after: float | None = None
