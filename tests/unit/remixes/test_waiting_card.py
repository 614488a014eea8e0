"""The private reply of a remix that waits: the steps, the bar, whose picture it shows, and its button."""

from datetime import timedelta

import pytest
from made_jobs import NOW, job, place, status

from bot.discord_app.remixes.waiting_card import status_card
from bot.rules.estimates import Estimate, Readiness
from bot.rules.failures import ProviderProblem
from bot.rules.job_states import JobState
from bot.storage.remixes.queue_facts import Place


def shown(of, *, pictured=False):
    (container,) = status_card(of, "**You are next.**", pictured=pictured).to_components()
    return container["components"]


def words(of):
    return "\n".join(part["content"] for part in shown(of) if part["type"] == 10)


def later(seconds):
    """Two minutes are expected in all."""
    return {"read_at": NOW + timedelta(seconds=seconds), "place": place(0)}


@pytest.mark.parametrize(("seconds", "tenths"), [(0, 0), (30, 2), (60, 5), (119, 9)])
def test_the_bar_is_how_much_of_the_expected_time_is_over_and_says_so(seconds, tenths):
    text = words(status(job(state=JobState.GENERATING), **later(seconds)))
    assert "\N{CHECK MARK} Queued · **▸ Making** · Posting" in text
    assert f"{'▰' * tenths}{'▱' * (10 - tenths)} about {tenths * 10}%" in text
    assert "An estimate" in text


@pytest.mark.parametrize(
    "changes",
    [
        {"place": None},
        {"place": Place(0, Estimate(Readiness.UNMEASURED))},
        {"place": Place(0, Estimate(Readiness.LATE))},
        later(60) | {"held": True},
        later(60) | {"trouble": ProviderProblem.RATE_LIMITED},
    ],
)
def test_without_anything_to_go_by_there_are_steps_and_no_bar(changes):
    text = words(status(job(), **changes))
    assert "**▸ Queued** · Making · Posting" in text
    assert "%" not in text


def test_a_bar_is_never_full_before_it_is_done():
    assert "about 90%" in words(status(job(state=JobState.GENERATING), place=Place(0, Estimate(Readiness.SOON))))


@pytest.mark.parametrize("state", [JobState.DELIVERED, JobState.FAILED, JobState.CANCELLED, JobState.OUTCOME_UNKNOWN])
def test_what_has_ended_has_neither_steps_nor_buttons(state):
    assert [part["type"] for part in shown(status(job(state=state)))] == [10]


def test_a_kept_result_is_posted_by_nobody():
    kept = job(state=JobState.GENERATED, due_at=None, lease=None)
    assert "Posting" not in words(status(kept))
    assert "▸ Posting" in words(status(job(state=JobState.GENERATED)))


def test_only_what_waits_can_be_cancelled_and_the_picture_stands_beside_the_sentence():
    section, _, row = shown(status(job(spoiler=True)), pictured=True)
    assert [button["custom_id"] for button in row["components"]] == ["remix:cancel:7"]
    assert section["accessory"]["media"]["url"] == "attachment://source-7.webp"
    assert section["accessory"]["spoiler"]
