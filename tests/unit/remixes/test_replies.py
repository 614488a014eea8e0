"""Every state, refusal and failure has its sentence: what happened, whether it was charged, what to do."""

from dataclasses import replace
from datetime import timedelta

import pytest
from made_jobs import NOW, job, place, post, result, status

from bot.discord_app.moderation.gate_words import why as gate_why
from bot.discord_app.remixes import words
from bot.discord_app.remixes.failure_words import FAILURES
from bot.discord_app.remixes.refusal_words import REFUSALS, refusal, why
from bot.rules.estimates import Estimate, Readiness
from bot.rules.failures import Executed, FailureKind, ProviderProblem, executed, is_uncounted, was_charged
from bot.rules.gate import Check, CheckResult
from bot.rules.job_states import FINAL, JobState
from bot.rules.prices import Speed
from bot.rules.refusals import Reason, Refused
from bot.storage.remixes.queue_facts import Place
from bot.storage.standing.pauses import Pause
from bot.use_cases.moderation.explain_gate import Explanation
from bot.use_cases.moderation.oversight.member_points import MemberPoints

LONGEST_MESSAGE = 2000
PAUSE = Pause("new *key*, @everyone", NOW, 9)
NOT_FETCHED = result(hash=None, url="https://ideogram.ai/x.png")
TOMORROW = f"<t:{int((NOW + timedelta(days=1)).timestamp())}:f>"
IN_AN_HOUR = f"<t:{int((NOW + timedelta(hours=1)).timestamp())}:t>"
IN_TWO_MINUTES = f"<t:{int((NOW + timedelta(minutes=2)).timestamp())}:R>"


MONEY_AT_STAKE = {
    Reason.BUDGET_DAY,
    Reason.BUDGET_MONTH,
    Reason.SERVER_BUDGET_DAY,
    Reason.SERVER_BUDGET_MONTH,
    Reason.SERVER_CEILING,
    Reason.PERSON_CEILING,
    Reason.SERVICE_PAUSED,
    Reason.BOT_BUSY,
    Reason.BOT_STOPPING,
    Reason.DISK_FULL,
    Reason.DATABASE_AWAY,
    Reason.PICTURES_AWAY,
}


def filled(reason):
    """With every value that a sentence may show."""
    return Refused(
        reason,
        until=NOW,
        limit=3,
        missing=("Attach Files", "Send Messages"),
        note="because",
        channels=(5, 6),
        roles=(7,),
        speeds=(Speed.TURBO, Speed.DEFAULT),
        option="weight",
        least=1,
    )


BY_BUDGET = [reason for reason in Reason if "{budget}" in REFUSALS[reason].sentence]


@pytest.mark.parametrize("reason", BY_BUDGET)
def test_a_refusal_by_a_budget_says_what_is_left_and_which_speed_still_fits(reason):
    assert "doesn't have enough left for this remix. It resets <t:" in why(filled(reason))
    fits = replace(filled(reason), left=40_000, fits=(Speed.TURBO, 30_000))
    assert "has $0.04 left; Turbo ($0.03) still fits. It resets <t:" in why(fits)
    explained = Explanation([CheckResult(Check.OPERATOR_BUDGET, fits)], MemberPoints({}, 3600, None))
    line = gate_why(1, 2, explained, 3).splitlines()[1]
    assert line.endswith(" ($0.04 left; Turbo ($0.03) still fits)")


def test_six_reasons_are_about_a_budget():
    assert len(BY_BUDGET) == 6


def test_every_reason_has_a_complete_row():
    assert set(REFUSALS) == set(Reason)
    for row in REFUSALS.values():
        assert row.sentence[0].isupper()
        assert row.sentence.endswith((".", "{note}", "{more}", "{raid}"))
        assert row.short
        assert not row.short.endswith(".")
    assert len({row.short for row in REFUSALS.values()}) == len(Reason)


def test_every_kind_of_failure_has_a_complete_row():
    assert set(FAILURES) == set(FailureKind)
    for row in FAILURES.values():
        assert row.happened.endswith(".")
        assert row.advice.endswith(".")
        assert row.short
    assert len({row.short for row in FAILURES.values()}) == len(FailureKind)


@pytest.mark.parametrize("reason", Reason)
def test_a_refusal_says_that_nothing_was_charged_only_where_money_was_at_stake(reason):
    text = refusal(filled(reason), 11)
    assert ("charged" in text) == (reason in MONEY_AT_STAKE)
    assert text.count("Nothing was charged.") == (reason in MONEY_AT_STAKE)
    assert not set("{}") & set(text)
    assert "None" not in text
    assert len(text) < LONGEST_MESSAGE


@pytest.mark.parametrize("reason", Reason)
def test_who_only_asks_reads_the_same_without_a_word_on_charging(reason):
    assert refusal(filled(reason), 11).removesuffix(" Nothing was charged.") == why(filled(reason), 11)
    assert "charged" not in why(filled(reason), 11)


@pytest.mark.parametrize(
    ("refused", "sentence"),
    [
        (Refused(Reason.COOLDOWN, until=NOW), f"<t:{int(NOW.timestamp())}:R>"),
        (Refused(Reason.PROMPT_TOO_LONG, limit=2000), "2000 characters"),
        (Refused(Reason.PERSON_QUEUE_FULL, limit=3), "(3)"),
        (
            Refused(Reason.OPTION_OUT_OF_RANGE, option="weight", least=1, limit=100),
            "The weight must be between 1 and 100. Leave it out to let Ideogram choose.",
        ),
        (Refused(Reason.QUOTA_DAY, until=NOW, limit=3), "you've used all 3 of your remixes for today. You can make"),
        (Refused(Reason.QUOTA_MONTH, until=NOW, limit=1), "you've used your 1 remix for this month. You can make"),
        (Refused(Reason.SPEED_NOT_ALLOWED, speeds=tuple(Speed)), "pick Turbo, Default or Quality."),
        (Refused(Reason.CHANNEL_NOT_ALLOWED, channels=tuple(range(11))), "<#9> and others."),
        (Refused(Reason.CHANNEL_FORBIDDEN, missing=("Attach Files",)), "the **Attach Files** permission."),
        (Refused(Reason.OPERATOR_PAUSED, note="new *key*"), "The reason:\n> new \\*key\\*"),
        (
            Refused(Reason.CHANNEL_FORBIDDEN, missing=("Attach Files", "Send Messages")),
            "the **Attach Files** and **Send Messages** permissions.",
        ),
        (Refused(Reason.SERVER_NOT_ALLOWED), "`11`"),
        (Refused(Reason.WEIGHT_WITH_OTHER_SHAPE), "Drop `resolution`"),
        (Refused(Reason.WEIGHT_WITH_OTHER_SHAPE), "drop `weight`"),
    ],
)
def test_a_refusal_names_what_stood_in_the_way(refused, sentence):
    assert sentence in refusal(refused, 11)


def test_a_quota_of_nothing_promises_no_later_remix():
    assert refusal(Refused(Reason.QUOTA_DAY, until=NOW, limit=0)) == "In this server, you have no remixes for today."


@pytest.mark.parametrize("kind", FailureKind)
def test_every_failure_is_told_truly_with_its_reference(kind):
    failed = job(state=JobState.FAILED, failure_kind=kind, finished_at=NOW, due_at=None)
    text = words.status_text(status(failed))
    assert ("Nothing was charged" in text) == (executed(kind) is Executed.NO)
    assert ("was made" in text) == was_charged(kind)
    assert ("cooldown is reset" in text) == is_uncounted(kind)
    assert ("still uses one of your remixes" in text) == (executed(kind) is not Executed.NO and not is_uncounted(kind))
    assert "Reference: `7`" in text


def test_no_two_refusals_or_failures_are_told_in_the_same_words():
    refused = {refusal(Refused(reason), 11) for reason in Reason}
    failed = {words.status_text(status(job(state=JobState.FAILED, failure_kind=kind))) for kind in FailureKind}
    assert (len(refused), len(failed)) == (len(Reason), len(FailureKind))


@pytest.mark.parametrize("state", JobState)
def test_every_state_has_a_sentence_and_a_line_in_the_list(state):
    kind = FailureKind.PROMPT_UNSAFE if state is JobState.FAILED else None
    shown = status(job(state=state, failure_kind=kind, finished_at=NOW if state in FINAL else None))
    assert words.status_text(shown)
    assert "> a red fox" in words.list_entry(shown)
    assert "a red fox" in words.details(shown, with_prompt=True)


@pytest.mark.parametrize(
    ("shown", "sentence"),
    [
        (status(job(), place=place(0)), f"**You are next.** Should be ready {IN_TWO_MINUTES}."),
        (status(job(), place=place(4)), f"**Position 5 in the queue.** Should be ready {IN_TWO_MINUTES}."),
        (status(job(), place=place(4), held=True), f"keeps its place until {IN_AN_HOUR}."),
        (status(job(), pause=PAUSE), "The reason:\n> new \\*key\\*, \\@everyone"),
        (status(job(state=JobState.GENERATING), place=place(0)), f"Should be ready {IN_TWO_MINUTES}"),
        (status(job(state=JobState.GENERATED, due_at=None)), "press **Get it again**"),
        (status(job(state=JobState.GENERATED)), "**Made.** I am posting it now."),
        (status(job(state=JobState.GENERATED, due_at=None, lease="x")), "**Made.** I am posting it now."),
        (status(job(state=JobState.GENERATED), results=[NOT_FETCHED]), "I am downloading it from Ideogram now."),
        (
            status(job(state=JobState.GENERATED, attempts=1, generated_at=NOW), results=[result(), NOT_FETCHED]),
            f"haven't been able to download it yet. I'll keep trying until {TOMORROW} at the latest.",
        ),
        (
            status(job(state=JobState.GENERATED, attempts=1, generated_at=NOW), results=[result()]),
            f"to post it in <#22> yet. I'll keep trying until {TOMORROW}. After that, `/my-remixes` has it for you.",
        ),
        (
            status(job(), place=place(2), trouble=ProviderProblem.RATE_LIMITED),
            f"queue.** Ideogram is busy right now, and I keep trying. Your remix keeps its place until {IN_AN_HOUR}.",
        ),
        (status(job(), place=place(0), trouble=ProviderProblem.UNREACHABLE), "I can't reach Ideogram right now"),
        (
            status(job(attempts=1, due_at=NOW + timedelta(seconds=9)), place=place(0)),
            "Ideogram hasn't taken your remix yet, so I'll try again soon.",
        ),
        (status(job(), place=Place(1, Estimate(Readiness.LATE))), "queue.** Ideogram is taking longer than usual."),
        (status(job(), place=Place(1, Estimate(Readiness.UNMEASURED))), "**Position 2 in the queue.**"),
        (
            status(job(state=JobState.GENERATING), place=Place(0, Estimate(Readiness.UNMEASURED))),
            "**Making it now.** This usually takes less than two minutes.",
        ),
        (
            status(job(state=JobState.GENERATING), place=Place(0, Estimate(Readiness.SOON))),
            "Should be ready any moment now.",
        ),
        (status(job(state=JobState.OUTCOME_UNKNOWN)), "I can't tell if this was made"),
        (status(job(state=JobState.CANCELLED)), "Nothing was charged, and your cooldown is reset"),
        (
            status(job(state=JobState.DELIVERED), posts=[post(0), post(1)]),
            "[Go to the result](https://discord.com/channels/11/22/500) · [part 2](https://discord.com/channels/11/22/501)",
        ),
        (status(job(state=JobState.DELIVERED)), "**Done.**"),
    ],
)
def test_a_person_reads_how_it_stands(shown, sentence):
    assert sentence in words.status_text(shown)


@pytest.mark.parametrize(
    ("shown", "word"),
    [
        (status(job(), place=place(2)), "waiting, position 3"),
        (status(job(), pause=PAUSE), "waiting, paused by the person who runs me"),
        (status(job(state=JobState.GENERATED)), "being posted"),
        (status(job(state=JobState.GENERATED), results=[NOT_FETCHED]), "being downloaded from Ideogram"),
        (status(job(state=JobState.GENERATED, due_at=None)), "couldn't be posted, kept for you"),
        (status(job(state=JobState.DELIVERED), posts=[post()]), "[done](https://discord.com/channels/11/22/500)"),
        (status(job(state=JobState.DELIVERED), posts=[post(deleted=True)]), "deleted"),
        (status(job(state=JobState.DELIVERED)), "done"),
    ],
)
def test_the_list_says_it_in_a_word(shown, word):
    assert f"· {word}\n" in words.list_entry(shown)


def test_details_tell_everything_that_made_the_picture():
    made = job(
        state=JobState.DELIVERED,
        generating_at=NOW,
        generated_at=NOW + timedelta(seconds=12),
        copyright_check=True,
        prompt="a @everyone",
    )
    answered = [result(0), result(1, safe=False, seed=9, hash=None)]
    text = words.details(status(made, results=answered, cost=60_000), with_prompt=True)
    assert "Weight 60 · 2048×2048 · Turbo · Seed 1000" in text
    assert "Made in 12 s" in text
    assert "Cost $0.06" in text
    assert "With copyright check" in text
    assert "> a \\@everyone" in text


def test_the_longest_prompt_fits_into_a_message():
    longest = status(job(state=JobState.DELIVERED, prompt="*" * 6000), results=[result(n) for n in range(4)])
    assert len(words.list_entry(longest)) < LONGEST_MESSAGE
    assert len(words.details(longest, with_prompt=True)) <= LONGEST_MESSAGE


def test_what_is_not_on_the_card_is_told():
    assert words.notes(0, 0) == []
    assert words.notes(1, 0) == ["1 image was withheld by Ideogram's safety check."]
    assert words.notes(2, 1) == [
        "2 images were withheld by Ideogram's safety check.",
        "1 image couldn't be fetched from Ideogram.",
    ]


def test_several_seeds_are_seeds_and_no_weight_is_automatic():
    assert words.options_line(job(weight=None), None, [1, 2]) == "Weight automatic · Turbo · Seeds 1, 2"


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.GENERATING, JobState.GENERATED])
def test_the_last_words_before_a_reply_can_no_longer_be_edited_have_no_time_that_passes(state):
    text = words.last_status_text(status(job(state=state), place=place(3)))
    assert "`/my-remixes` shows how it stands" in text
    assert "<t:" not in text


def test_a_result_that_is_kept_is_still_told_of_in_the_last_words():
    kept = status(job(state=JobState.GENERATED, due_at=None))
    assert words.last_status_text(kept) == words.status_text(kept)
