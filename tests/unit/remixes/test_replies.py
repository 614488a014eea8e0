"""Every state, refusal and failure has its sentence: what happened, whether it was charged, what to do."""

from datetime import timedelta

import pytest
from made_jobs import NOW, job, place, post, result, status

from bot.discord_app.remixes import words as replies
from bot.discord_app.remixes.refusal_words import refusal, why
from bot.rules.failures import FailureKind, is_uncounted, was_charged
from bot.rules.job_states import FINAL, JobState
from bot.rules.refusals import Reason, Refused
from bot.storage.standing.pauses import Pause

LONGEST_MESSAGE = 2000
PAUSE = Pause("new *key*, @everyone", NOW, 9)
IN_TWO_MINUTES = f"<t:{int((NOW + timedelta(minutes=2)).timestamp())}:R>"


@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_is_told_and_says_that_nothing_was_charged(reason):
    text = refusal(Refused(reason, until=NOW, limit=3, missing=("Attach Files", "Send Messages")), 11)
    assert "othing was charged" in text
    assert not set("{}") & set(text)
    assert "None" not in text
    assert len(text) < LONGEST_MESSAGE


@pytest.mark.parametrize("reason", Reason)
def test_who_only_asks_reads_the_same_without_a_word_on_charging(reason):
    text = why(Refused(reason, until=NOW, limit=3, missing=("Attach Files", "Send Messages"), note="because"), 11)
    assert "charged" not in text
    assert text.startswith(refusal(Refused(reason, until=NOW, limit=3, missing=("Attach Files",)), 11)[:12])
    assert ".." not in text


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        (Refused(Reason.COOLDOWN, until=NOW), f"<t:{int(NOW.timestamp())}:R>"),
        (Refused(Reason.PROMPT_TOO_LONG, limit=2000), "2000 characters"),
        (Refused(Reason.PERSON_QUEUE_FULL, limit=3), "(3)"),
        (Refused(Reason.OPERATOR_PAUSED, note="new *key*"), "Their reason:\n> new \\*key\\*"),
        (Refused(Reason.CHANNEL_FORBIDDEN, missing=("Attach Files", "Send Messages")), "**Attach Files** and **Send"),
        (Refused(Reason.SERVER_NOT_ALLOWED), "`11`"),
        (Refused(Reason.WEIGHT_WITH_OTHER_SHAPE), "Drop `resolution`"),
        (Refused(Reason.WEIGHT_WITH_OTHER_SHAPE), "drop `weight`"),
    ],
)
def test_a_refusal_names_what_stood_in_the_way(refused, words):
    assert words in refusal(refused, 11)


@pytest.mark.parametrize("kind", FailureKind)
def test_every_failure_is_told_truly_with_its_reference(kind):
    failed = job(state=JobState.FAILED, failure_kind=kind, finished_at=NOW, due_at=None)
    text = replies.status_text(status(failed))
    nobody_knows = {FailureKind.OUTCOME_WRITTEN_OFF, FailureKind.GENERATION_FAILED}
    assert ("Nothing was charged" in text) == (not was_charged(kind) and kind not in nobody_knows)
    assert ("was made" in text) == was_charged(kind)
    assert ("cooldown is given back" in text) == is_uncounted(kind)
    assert "Reference: `7`" in text


def test_no_two_refusals_or_failures_are_told_in_the_same_words():
    refused = {refusal(Refused(reason), 11) for reason in Reason}
    failed = {replies.status_text(status(job(state=JobState.FAILED, failure_kind=kind))) for kind in FailureKind}
    assert (len(refused), len(failed)) == (len(Reason), len(FailureKind))


@pytest.mark.parametrize("state", JobState)
def test_every_state_has_a_sentence_and_a_line_in_the_list(state):
    kind = FailureKind.PROMPT_UNSAFE if state is JobState.FAILED else None
    shown = status(job(state=state, failure_kind=kind, finished_at=NOW if state in FINAL else None))
    assert replies.status_text(shown)
    assert "> a red fox" in replies.list_entry(shown)
    assert "a red fox" in replies.details(shown)


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (status(job(), place=place(0)), f"**You are next.** Done about {IN_TWO_MINUTES}."),
        (status(job(), place=place(4)), f"**Position 5 in the queue.** Done about {IN_TWO_MINUTES}."),
        (status(job(), place=place(4), held=True), "keeps its place"),
        (status(job(), pause=PAUSE), "Their reason:\n> new \\*key\\*, \\@everyone"),
        (status(job(state=JobState.GENERATING), place=place(0)), f"Done about {IN_TWO_MINUTES}"),
        (status(job(state=JobState.GENERATED, due_at=None)), "press **Get it again**"),
        (status(job(state=JobState.GENERATED)), "Posting it now"),
        (status(job(state=JobState.GENERATED, due_at=None, lease="x")), "Posting it now"),
        (status(job(state=JobState.OUTCOME_UNKNOWN)), "nobody knows whether this remix was made"),
        (status(job(state=JobState.CANCELLED)), "Nothing was charged and your cooldown is given back"),
        (
            status(job(state=JobState.DELIVERED), posts=[post(0), post(1)]),
            "[Go to the result](https://discord.com/channels/11/22/500) · [part 2](https://discord.com/channels/11/22/501)",
        ),
        (status(job(state=JobState.DELIVERED)), "**Done.**"),
    ],
)
def test_a_person_reads_how_it_stands(shown, words):
    assert words in replies.status_text(shown)


@pytest.mark.parametrize(
    ("shown", "word"),
    [
        (status(job(), place=place(2)), "waiting, position 3"),
        (status(job(), pause=PAUSE), "waiting, paused by the person who runs me"),
        (status(job(state=JobState.GENERATED)), "being posted"),
        (status(job(state=JobState.GENERATED, due_at=None)), "could not be posted, kept for you"),
        (status(job(state=JobState.DELIVERED), posts=[post()]), "[done](https://discord.com/channels/11/22/500)"),
        (status(job(state=JobState.DELIVERED), posts=[post(deleted=True)]), "deleted"),
        (status(job(state=JobState.DELIVERED)), "done"),
    ],
)
def test_the_list_says_it_in_a_word(shown, word):
    assert f"· {word}\n" in replies.list_entry(shown)


def test_details_tell_everything_that_made_the_picture():
    made = job(
        state=JobState.DELIVERED,
        generating_at=NOW,
        generated_at=NOW + timedelta(seconds=12),
        copyright_check=True,
        prompt="a @everyone",
    )
    answered = [result(0), result(1, safe=False, seed=9, hash=None)]
    text = replies.details(status(made, results=answered, cost=60_000))
    assert "Weight 60 · 2048×2048 · Turbo · Seed 1000" in text
    assert "Made in 12 s" in text
    assert "Cost $0.06" in text
    assert "With copyright check" in text
    assert "> a \\@everyone" in text


def test_the_longest_prompt_fits_into_a_message():
    longest = status(job(state=JobState.DELIVERED, prompt="*" * 6000), results=[result(n) for n in range(4)])
    assert len(replies.list_entry(longest)) < LONGEST_MESSAGE
    assert len(replies.details(longest)) <= LONGEST_MESSAGE


def test_what_is_not_on_the_card_is_told():
    assert replies.notes(0, 0) == []
    assert replies.notes(1, 0) == ["1 more image withheld by Ideogram's safety check."]
    assert replies.notes(2, 1) == [
        "2 more images withheld by Ideogram's safety check.",
        "1 more image could not be fetched.",
    ]


def test_several_seeds_are_seeds_and_no_weight_is_automatic():
    assert replies.options_line(job(weight=None), None, [1, 2]) == "Weight automatic · Turbo · Seeds 1, 2"
