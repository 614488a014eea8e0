"""A call of which nobody knows the outcome is asked again by itself once at most, and only by the operator's choice."""

import pytest

from bot.rules.unknown_outcomes import OnUnknownOutcome, should_retry


@pytest.mark.parametrize(
    ("choice", "asked_again_before", "again"),
    [
        (OnUnknownOutcome.PARK, False, False),
        (OnUnknownOutcome.PARK, True, False),
        (OnUnknownOutcome.RETRY_ONCE, False, True),
        (OnUnknownOutcome.RETRY_ONCE, True, False),
    ],
)
def test_it_is_asked_again_once_where_the_operator_has_chosen_that(choice, asked_again_before, again):
    assert should_retry(choice, asked_again_before=asked_again_before) is again
