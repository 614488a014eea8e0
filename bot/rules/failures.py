"""The few words in which a remix that was accepted and did not work out is told to the rest."""

from dataclasses import dataclass
from enum import StrEnum


class FailureKind(StrEnum):
    """Why a job is over without a result. Stored with the job; `discord_app/replies.py` has the sentences."""

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
    """Whether the provider ran a request, and so whether it may be billed."""

    NO = "no"
    YES = "yes"
    UNKNOWN = "unknown"


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
    """A remix that failed without the person's fault gives the cooldown back, and does not count in a quota."""
    return kind not in _BY_PERSON


def was_charged(kind: FailureKind) -> bool:
    """For certain. Of OUTCOME_WRITTEN_OFF and GENERATION_FAILED the ledger knows: it depends."""
    return kind in _CHARGED


class ProviderProblem(StrEnum):
    """What a call of the API ran into, in as many words as the decision on retrying needs."""

    RATE_LIMITED = "rate_limited"
    UNREACHABLE = "unreachable"
    KEY_REJECTED = "key_rejected"
    OUT_OF_CREDIT = "out_of_credit"
    REFUSED = "refused"
    OUTCOME_UNKNOWN = "outcome_unknown"


@dataclass(frozen=True, slots=True)
class ProviderFailure:
    """A failed call as the rules see it. `retry_after` in seconds; `kind` only where `problem` is REFUSED."""

    problem: ProviderProblem
    kind: FailureKind | None = None
    retry_after: float | None = None
