"""Codes for why an accepted remix failed, and what each of them means for the member's limits and money."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class FailureKind(StrEnum):
    """Why a job ended without a result; stored with the job. `discord_app/remixes/failure_words.py` has the words."""

    REQUEST_REJECTED = "request_rejected"
    WEIGHT_WITH_RESOLUTION = "weight_with_resolution"
    PICTURE_TOO_LARGE_PERHAPS = "picture_too_large_perhaps"
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
    MEMBER_GONE = "member_gone"
    BOT_GONE = "bot_gone"
    MEMBER_TIMED_OUT = "member_timed_out"
    ROLE_NOT_ALLOWED = "role_not_allowed"
    MEMBER_TOO_NEW = "member_too_new"
    WORD_NOT_ALLOWED = "word_not_allowed"
    PICTURE_NOT_ALLOWED = "picture_not_allowed"
    REMOVED = "removed"
    SOURCE_REMOVED = "source_removed"
    SOURCE_WITHDRAWN = "source_withdrawn"
    WITHDRAWN = "withdrawn"
    RESULT_LOST = "result_lost"
    RESULT_EXPIRED = "result_expired"
    SOURCE_LOST = "source_lost"
    OUTCOME_WRITTEN_OFF = "outcome_written_off"
    RESTORED = "restored"
    REVIEW_REFUSED = "review_refused"
    REVIEW_EXPIRED = "review_expired"
    GENERATION_FAILED = "generation_failed"
    GENERATION_FAILED_OFTEN = "generation_failed_often"


class Executed(StrEnum):
    """Whether the provider ran a request, and therefore may bill it."""

    NO = "no"
    YES = "yes"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class _Consequences:
    """`executed`: whether Ideogram ran the request, and therefore bills it. `uncounted`: see `is_uncounted`."""

    executed: Executed
    uncounted: bool


_FREE = _Consequences(Executed.NO, uncounted=True)
# The member could have avoided these, or a person ended the remix on purpose. Uncounting them would let somebody try
# unsafe prompts without a cooldown.
_REFUSED = _Consequences(Executed.NO, uncounted=False)
_MADE = _Consequences(Executed.YES, uncounted=False)

_CONSEQUENCES: Mapping[FailureKind, _Consequences] = {
    FailureKind.REQUEST_REJECTED: _FREE,
    FailureKind.WEIGHT_WITH_RESOLUTION: _FREE,
    FailureKind.PICTURE_TOO_LARGE_PERHAPS: _FREE,
    FailureKind.PROMPT_UNSAFE: _REFUSED,
    FailureKind.PICTURE_UNSAFE: _REFUSED,
    FailureKind.SAFETY_REFUSED: _REFUSED,
    FailureKind.PICTURE_TOO_LARGE: _FREE,
    FailureKind.ALL_WITHHELD: _MADE,
    FailureKind.QUEUE_EXPIRED: _FREE,
    FailureKind.SERVER_NOT_ALLOWED: _FREE,
    FailureKind.PERSON_BLOCKED: _FREE,
    FailureKind.SERVER_BLOCKED: _FREE,
    FailureKind.MEMBER_BLOCKED: _FREE,
    FailureKind.CHANNEL_NOT_ALLOWED: _FREE,
    FailureKind.MEMBER_GONE: _FREE,
    FailureKind.BOT_GONE: _FREE,
    FailureKind.MEMBER_TIMED_OUT: _FREE,
    FailureKind.ROLE_NOT_ALLOWED: _FREE,
    FailureKind.MEMBER_TOO_NEW: _FREE,
    # They were allowed when its author asked.
    FailureKind.WORD_NOT_ALLOWED: _FREE,
    FailureKind.PICTURE_NOT_ALLOWED: _FREE,
    FailureKind.REMOVED: _MADE,
    FailureKind.SOURCE_REMOVED: _FREE,
    FailureKind.SOURCE_WITHDRAWN: _FREE,
    FailureKind.WITHDRAWN: _Consequences(Executed.YES, uncounted=True),
    FailureKind.RESULT_LOST: _Consequences(Executed.YES, uncounted=True),
    FailureKind.RESULT_EXPIRED: _MADE,
    FailureKind.SOURCE_LOST: _FREE,
    FailureKind.OUTCOME_WRITTEN_OFF: _Consequences(Executed.UNKNOWN, uncounted=True),
    # It waited in a backup that was restored. What became of it afterwards is not known, and not in its ledger.
    FailureKind.RESTORED: _Consequences(Executed.UNKNOWN, uncounted=True),
    # It was made as asked. What moderators think of it could not be known before.
    FailureKind.REVIEW_REFUSED: _Consequences(Executed.YES, uncounted=True),
    FailureKind.REVIEW_EXPIRED: _Consequences(Executed.YES, uncounted=True),
    FailureKind.GENERATION_FAILED: _Consequences(Executed.UNKNOWN, uncounted=True),
    FailureKind.GENERATION_FAILED_OFTEN: _Consequences(Executed.UNKNOWN, uncounted=False),
}


def is_uncounted(kind: FailureKind) -> bool:
    """Whether a remix that failed this way stops counting against its author's cooldown and quotas."""
    return _CONSEQUENCES[kind].uncounted


def executed(kind: FailureKind) -> Executed:
    """Whether this failure was billed. UNKNOWN: ask the ledger."""
    return _CONSEQUENCES[kind].executed


def was_charged(kind: FailureKind) -> bool:
    """Whether this failure was certainly billed."""
    return executed(kind) is Executed.YES


REJECTED = frozenset(
    {
        FailureKind.REQUEST_REJECTED,
        FailureKind.WEIGHT_WITH_RESOLUTION,
        FailureKind.PICTURE_TOO_LARGE_PERHAPS,
        FailureKind.PICTURE_TOO_LARGE,
    }
)
"""Ideogram judged the request and did not run it. Only the first of them in a day are free (rules/strikes.py)."""

SAFETY_REFUSALS = frozenset(
    {
        FailureKind.PROMPT_UNSAFE,
        FailureKind.PICTURE_UNSAFE,
        FailureKind.SAFETY_REFUSED,
        FailureKind.ALL_WITHHELD,
    }
)

UNEXPLAINED = (FailureKind.GENERATION_FAILED, FailureKind.GENERATION_FAILED_OFTEN)
FREE_UNEXPLAINED_FAILURES = 3
UNEXPLAINED_WINDOW = timedelta(hours=1)


def unexplained_failure(earlier: int) -> FailureKind:
    """What a failed generation without a reason counts as. `earlier`: its author's UNEXPLAINED ones in the window.

    v1-async names no reason even if its safety check refused the prompt. If each of them were free, a member could try
    unsafe prompts without a cooldown.
    """
    is_free = earlier < FREE_UNEXPLAINED_FAILURES
    return FailureKind.GENERATION_FAILED if is_free else FailureKind.GENERATION_FAILED_OFTEN


class ProviderProblem(StrEnum):
    """What went wrong in a call to the API, as precisely as the decision to retry needs."""

    RATE_LIMITED = "rate_limited"
    UNREACHABLE = "unreachable"
    KEY_REJECTED = "key_rejected"
    OUT_OF_CREDIT = "out_of_credit"
    NO_ACCESS = "no_access"
    TURNED_AWAY = "turned_away"
    REFUSED = "refused"
    OUTCOME_UNKNOWN = "outcome_unknown"


@dataclass(frozen=True, slots=True)
class ProviderFailure:
    """A failed call. `retry_after` is in seconds; `kind` is set only if `problem` is REFUSED.

    `is_inflight_limit`: too many generations are in progress, so another call may succeed as soon as one ends. False
    for a RATE_LIMITED that only asks to come back later. `max_inflight` is the limit, if Ideogram named it.
    """

    problem: ProviderProblem
    kind: FailureKind | None = None
    retry_after: float | None = None
    is_inflight_limit: bool = False
    max_inflight: int | None = None
