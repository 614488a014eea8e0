"""A word that is listed while a remix waits stops it before it is bought, and before others see it."""

import pytest

from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.log_kinds import LogKind
from bot.rules.membership import Membership
from bot.rules.policies import Policy
from bot.rules.refusals import Reason, Refused
from bot.rules.reviews import ReviewReason
from bot.rules.words.automod import AutoModRule
from bot.rules.words.entries import Action, WordEntry, key_of
from bot.storage.server_log import log_entries
from bot.storage.standing import automod, policies, words
from bot.storage.standing.automod import AutoModRead
from bot.use_cases.remixes.submit_remix import Accepted
from tests.integration.made_bot import asker, click_again

SERVER, ADMINS, TRUSTED = 11, 4, 5
PROMPT = "a picture of a nude"


async def list_word(bot, text="nude", action=Action.REFUSE):
    entry = WordEntry(text, action)
    await bot.do(words.write, SERVER, {key_of(entry): entry})


async def unlist(bot, text="nude"):
    await bot.do(words.write, SERVER, {key_of(WordEntry(text)): None})


async def read_automod(bot, *rules):
    await bot.do(automod.write, SERVER, AutoModRead(bot.clock(), rules))


async def is_kept(bot, job):
    now = await bot.job(job.id)
    return (now.state, now.due_at, now.lease, bot.poster.posted) == (JobState.GENERATED, None, None, [])


async def entries_of_log(bot):
    return [entry.kind for entry in await bot.do(log_entries.take, SERVER, bot.clock(), 100)]


async def test_a_listed_word_refuses_and_its_record_has_the_reason_and_no_prompt(bot):
    await bot.do(policies.write, SERVER, Policy(log_channel=7))
    await list_word(bot)
    refused = await bot.ask(prompt=PROMPT)
    assert refused == Refused(Reason.WORD_REFUSED, word="nude")
    assert await entries_of_log(bot) == [LogKind.REFUSAL]
    assert isinstance(await bot.ask(prompt="a menu"), Accepted)


async def test_an_earlier_prompt_is_asked_about_again(bot):
    job = await bot.remix(prompt=PROMPT)
    await bot.work(job.id)
    await list_word(bot)
    again = await bot.submit.submit_from(asker(2), click_again(job.id))
    assert again == Refused(Reason.WORD_REFUSED, word="nude")


async def test_a_word_that_is_listed_before_the_call_ends_the_remix_free_of_charge(bot):
    job = await bot.remix(prompt=PROMPT)
    await list_word(bot)
    await bot.work(job.id)
    over = await bot.job(job.id)
    assert (over.state, over.failure_kind, bot.calls) == (JobState.FAILED, FailureKind.WORD_NOT_ALLOWED, 0)
    assert (await bot.money(job.id), await bot.cooldown()) == (("released", None), None)


async def test_a_word_that_is_listed_after_the_call_keeps_the_result_for_its_author(bot):
    await bot.do(policies.write, SERVER, Policy(log_channel=7))
    job = await bot.remix(prompt=PROMPT)
    bot.stand_in.dials.latency_s = 0.2
    async with bot.working():
        await bot.stand_in.until_running(1)
        await list_word(bot)
    await bot.work(job.id)
    assert await is_kept(bot, job)
    assert (bot.calls, (await bot.job(job.id)).review_word) == (1, "nude")
    assert LogKind.HELD_BACK in await entries_of_log(bot)


async def test_a_word_for_review_is_bought_and_nobody_but_its_author_and_moderators_see_it(bot):
    await list_word(bot, action=Action.REVIEW)
    job = await bot.remix(prompt=PROMPT)
    await bot.work(job.id)
    waits = await bot.job(job.id)
    assert (waits.state, waits.review, waits.review_word) == (JobState.IN_REVIEW, ReviewReason.WORD, "nude")
    assert (bot.calls, bot.poster.posted) == (1, [])


async def test_a_trick_is_only_reviewed(bot):
    await list_word(bot)
    job = await bot.remix(prompt="a n.u.d.e")
    await bot.work(job.id)
    assert (await bot.job(job.id)).state is JobState.IN_REVIEW


async def test_a_word_that_is_taken_off_the_list_holds_nothing_back(bot):
    await list_word(bot, action=Action.REVIEW)
    job = await bot.remix(prompt=PROMPT)
    await unlist(bot)
    await bot.work(job.id)
    assert ((await bot.job(job.id)).state, (await bot.job(job.id)).review_word) == (JobState.DELIVERED, None)


async def test_another_word_that_is_listed_changes_nothing(bot):
    job = await bot.remix(prompt=PROMPT)
    await list_word(bot, "cat")
    await bot.work(job.id)
    assert (await bot.job(job.id)).state is JobState.DELIVERED


@pytest.mark.parametrize(
    ("member", "rule", "state"),
    [
        (Membership(frozenset({SERVER})), AutoModRule(1, "x", ("nude",)), JobState.FAILED),
        (
            Membership(frozenset({TRUSTED})),
            AutoModRule(1, "x", ("nude",), exempt_roles=frozenset({TRUSTED})),
            JobState.DELIVERED,
        ),
        (Membership(frozenset({ADMINS}), manages_server=True), AutoModRule(1, "x", ("nude",)), JobState.DELIVERED),
        (None, AutoModRule(1, "x", ("nude",)), JobState.DELIVERED),
        (Membership(frozenset({SERVER})), AutoModRule(1, "x", ("cat",)), JobState.DELIVERED),
    ],
)
async def test_a_rule_of_automod_that_is_new_asks_who_its_author_is(bot, member, rule, state):
    """Within the first minute Discord is asked for nothing else."""
    job = await bot.remix(prompt=PROMPT)
    await read_automod(bot, rule)
    bot.members.said[SERVER, 1] = member
    await bot.work(job.id)
    assert (await bot.job(job.id)).state is state
    assert bool(bot.members.asked) == (rule.keywords == ("nude",))


async def test_a_rule_that_is_read_again_unchanged_asks_nobody(bot):
    await read_automod(bot, AutoModRule(1, "x", ("cat",)))
    job = await bot.remix(prompt=PROMPT)
    before = await bot.do(words.version, SERVER)
    await read_automod(bot, AutoModRule(1, "x", ("cat",)))
    assert await bot.do(words.version, SERVER) == before == (await bot.job(job.id)).words_version
