"""Every move that a job may make, and that it may make no other."""

from itertools import product

import pytest

from bot.rules.job_states import FINAL, MOVES, WAITING, JobState, is_legal

LEGAL = {
    "queued": {"generating", "generated", "cancelled", "failed"},
    "generating": {"generated", "queued", "failed", "outcome_unknown"},
    "generated": {"delivered", "failed", "in_review"},
    "in_review": {"generated", "failed"},
    "outcome_unknown": {"queued", "generated", "failed"},
    "delivered": set(),
    "failed": set(),
    "cancelled": set(),
}


@pytest.mark.parametrize(("source", "target"), list(product(JobState, JobState)))
def test_a_move_is_legal_where_the_picture_has_an_arrow_and_nowhere_else(source, target):
    assert is_legal(source, target) == (target.value in LEGAL[source.value])


def test_nothing_leaves_a_final_state_and_something_leaves_every_other():
    assert {source for source, _ in MOVES} == set(JobState) - FINAL


def test_every_state_but_the_first_can_be_reached():
    reached, before = {JobState.QUEUED}, set()
    while reached != before:
        before = set(reached)
        reached |= {target for source, target in MOVES if source in before}
    assert reached == set(JobState)


def test_what_may_have_been_paid_never_goes_back_to_waiting_by_itself():
    """A person can cancel only what is queued."""
    assert {source for source, target in MOVES if target is JobState.CANCELLED} == {JobState.QUEUED}
    assert {JobState.QUEUED, JobState.GENERATING} == WAITING
    assert {JobState.DELIVERED, JobState.FAILED, JobState.CANCELLED} == FINAL
