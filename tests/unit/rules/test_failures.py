"""Which failures were surely paid for, and which give the cooldown back."""

import pytest

from bot.rules.failures import (
    UNEXPLAINED,
    Executed,
    FailureKind,
    executed,
    is_uncounted,
    unexplained_failure,
    was_charged,
)

TABLE = {
    FailureKind.REQUEST_REJECTED: (False, True),
    FailureKind.WEIGHT_WITH_RESOLUTION: (False, True),
    FailureKind.PICTURE_TOO_LARGE_PERHAPS: (False, True),
    FailureKind.PROMPT_UNSAFE: (False, False),
    FailureKind.PICTURE_UNSAFE: (False, False),
    FailureKind.SAFETY_REFUSED: (False, False),
    FailureKind.PICTURE_TOO_LARGE: (False, True),
    FailureKind.ALL_WITHHELD: (True, False),
    FailureKind.QUEUE_EXPIRED: (False, True),
    FailureKind.SERVER_NOT_ALLOWED: (False, True),
    FailureKind.PERSON_BLOCKED: (False, True),
    FailureKind.SERVER_BLOCKED: (False, True),
    FailureKind.RESULT_LOST: (True, True),
    FailureKind.RESULT_EXPIRED: (True, False),
    FailureKind.MEMBER_BLOCKED: (False, True),
    FailureKind.CHANNEL_NOT_ALLOWED: (False, True),
    FailureKind.MEMBER_GONE: (False, True),
    FailureKind.BOT_GONE: (False, True),
    FailureKind.MEMBER_TIMED_OUT: (False, True),
    FailureKind.ROLE_NOT_ALLOWED: (False, True),
    FailureKind.MEMBER_TOO_NEW: (False, True),
    FailureKind.WORD_NOT_ALLOWED: (False, True),
    FailureKind.PICTURE_NOT_ALLOWED: (False, True),
    FailureKind.REMOVED: (True, False),
    FailureKind.SOURCE_REMOVED: (False, True),
    FailureKind.SOURCE_WITHDRAWN: (False, True),
    FailureKind.WITHDRAWN: (True, True),
    FailureKind.SOURCE_LOST: (False, True),
    FailureKind.RESTORED: (False, True),
    FailureKind.OUTCOME_WRITTEN_OFF: (False, True),
    FailureKind.REVIEW_REFUSED: (True, True),
    FailureKind.REVIEW_EXPIRED: (True, True),
    FailureKind.GENERATION_FAILED: (False, True),
    FailureKind.GENERATION_FAILED_OFTEN: (False, False),
}
"""Paid; cooldown given back."""


@pytest.mark.parametrize("kind", FailureKind)
def test_each_kind_of_failure_is_known_to_be_paid_or_not_and_the_persons_fault_or_not(kind):
    assert (was_charged(kind), is_uncounted(kind)) == TABLE[kind]


def test_only_the_ledger_knows_whether_an_unanswered_or_unfinished_call_was_paid():
    unknown = {kind for kind in FailureKind if executed(kind) is Executed.UNKNOWN}
    assert unknown == {FailureKind.OUTCOME_WRITTEN_OFF, FailureKind.RESTORED, *UNEXPLAINED}


def test_three_failures_without_a_reason_are_free_and_each_further_one_counts():
    kinds = [unexplained_failure(earlier) for earlier in range(6)]
    assert kinds == [FailureKind.GENERATION_FAILED] * 3 + [FailureKind.GENERATION_FAILED_OFTEN] * 3
