"""What a moderator allows once: this prompt, of this person, once, until it ends; everything else still holds."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from bot.rules.appeals import ALLOWED_FOR
from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.membership import Membership
from bot.rules.policies import Policy
from bot.rules.refusals import Reason
from bot.rules.remix_request import RemixRequest
from bot.rules.words.automod import AutoModRule
from bot.rules.words.entries import Action
from bot.storage.standing import automod, policies
from bot.storage.standing.automod import AutoModRead
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.block_member import block_member
from bot.use_cases.moderation.undo_case import NotUndone, Undone, undo_case
from bot.use_cases.remixes.cancel_remix import cancel_remix
from bot.use_cases.remixes.submit_remix import Accepted
from tests.integration.appeals.made_appeals import BEN, MIA, NUDE, OTTO, SERVER, appeal_of_prompt, decide, list_word
from tests.integration.made_bot import asker, click_again, picture


async def allow(bot, prompt=NUDE):
    """The case that allows it."""
    return (await decide(bot, await appeal_of_prompt(bot, prompt), "once")).case


async def withdraw(bot, case):
    return await undo_case(bot.core, Acting(SERVER, OTTO), case.number, lambda _connection, _case: None)


async def refused(bot, user_id=MIA, **options):
    outcome = await bot.ask(user_id, prompt=NUDE, **options)
    return None if isinstance(outcome, Accepted) else outcome.reason


async def test_it_lets_this_prompt_of_this_person_through_once(bot):
    await list_word(bot)
    assert await refused(bot) is Reason.WORD_REFUSED
    await allow(bot)
    assert await refused(bot, BEN) is Reason.WORD_REFUSED
    assert (await bot.ask(prompt="another nude")).reason is Reason.WORD_REFUSED
    assert (await bot.submit.look(asker(MIA), None, prompt=NUDE)).refused is None
    job = await bot.remix(prompt=f" {NUDE}")
    await bot.work(job.id)
    assert (await bot.job(job.id)).state is JobState.DELIVERED
    assert await refused(bot) is Reason.WORD_REFUSED
    again = await bot.submit.submit_from(asker(MIA), click_again(job.id))
    assert again.reason is Reason.WORD_REFUSED


async def test_two_at_once_use_it_once(bot):
    await list_word(bot)
    await allow(bot)
    outcomes = await asyncio.gather(*(bot.ask(prompt=NUDE) for _ in range(4)))
    assert sum(isinstance(outcome, Accepted) for outcome in outcomes) == 1


async def test_it_is_kept_over_a_restart_and_ends(bot):
    await list_word(bot)
    await allow(bot)
    again = bot.restarted()
    assert (await again.submit.look(asker(MIA), None, prompt=NUDE)).refused is None
    bot.clock.move(seconds=ALLOWED_FOR.total_seconds())
    assert await refused(again) is Reason.WORD_REFUSED


async def test_it_holds_before_buying_and_before_posting_although_more_is_listed_meanwhile(bot):
    await list_word(bot)
    await allow(bot)
    job = await bot.remix(prompt=NUDE)
    await list_word(bot, "picture")
    bot.stand_in.dials.latency_s = 0.2
    async with bot.working():
        await bot.stand_in.until_running(1)
        await list_word(bot, "a picture")
    await bot.work(job.id)
    assert ((await bot.job(job.id)).state, bot.calls) == (JobState.DELIVERED, 1)


async def test_a_remix_that_was_not_made_uses_nothing_up(bot):
    await list_word(bot)
    await allow(bot)
    job = await bot.remix(prompt=NUDE)
    assert await refused(bot) is Reason.WORD_REFUSED
    await cancel_remix(bot.core, job.id, MIA)
    second = await bot.remix(prompt=NUDE)
    assert await refused(bot) is Reason.WORD_REFUSED
    await bot.work(second.id)
    assert await refused(bot) is Reason.WORD_REFUSED


async def test_a_ladder_is_one_remix(bot):
    await list_word(bot)
    await allow(bot)
    outcome = await bot.submit.submit(asker(MIA), RemixRequest(NUDE), picture(1), spoiler=False, ladder=True)
    assert isinstance(outcome, Accepted)
    await list_word(bot, "picture")
    first = outcome.job.id
    await bot.work(*range(first, first + 4))
    assert [(await bot.job(each)).state for each in range(first, first + 4)] == [JobState.DELIVERED] * 4
    assert await refused(bot) is Reason.WORD_REFUSED


async def test_every_other_rule_still_holds(bot):
    await list_word(bot)
    await list_word(bot, "picture", Action.REVIEW)
    await allow(bot)
    job = await bot.remix(prompt=NUDE)
    await bot.work(job.id)
    assert (await bot.job(job.id)).review_word == "picture"

    await allow(bot)
    await bot.do(policies.write, SERVER, Policy(channels=frozenset({1})))
    assert await refused(bot) is Reason.CHANNEL_NOT_ALLOWED
    await block_member(bot.core, Acting(SERVER, OTTO), MIA, None)
    assert await refused(bot) is Reason.MEMBER_BLOCKED


async def test_it_holds_for_automod_too(bot):
    rule = AutoModRule(1, "no nudes", keywords=("nude",))
    await bot.do(automod.write, SERVER, AutoModRead(bot.clock(), [rule]))
    bot.members.said[SERVER, MIA] = Membership(frozenset({SERVER}))
    assert await refused(bot) is Reason.AUTOMOD_REFUSED
    await allow(bot)
    job = await bot.remix(prompt=NUDE)
    await bot.do(automod.write, SERVER, AutoModRead(bot.clock(), [replace(rule, keywords=("nude", "picture"))]))
    await bot.work(job.id)
    assert (await bot.job(job.id)).state is JobState.DELIVERED


async def test_undoing_it_ends_a_remix_that_waits_free_of_charge(bot):
    await list_word(bot)
    case = await allow(bot)
    job = await bot.remix(prompt=NUDE)
    assert isinstance(await withdraw(bot, case), Undone)
    await bot.work(job.id)
    over = await bot.job(job.id)
    assert (over.state, over.failure_kind, bot.calls) == (JobState.FAILED, FailureKind.WORD_NOT_ALLOWED, 0)


async def test_undoing_it_is_too_late_once_it_is_used(bot):
    await list_word(bot)
    case = await allow(bot)
    job = await bot.remix(prompt=NUDE)
    await bot.work(job.id)
    assert await withdraw(bot, case) is NotUndone.OVER


async def test_an_unused_one_can_be_undone(bot):
    await list_word(bot)
    case = await allow(bot)
    assert case.until == bot.clock() + timedelta(days=ALLOWED_FOR.days)
    assert isinstance(await withdraw(bot, case), Undone)
    assert await refused(bot) is Reason.WORD_REFUSED
