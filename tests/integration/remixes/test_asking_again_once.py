"""A paid call without an answer, asked again by itself: once, on record, and with both calls in the ledger."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.demo.ideogram_stand_in import Fault
from bot.rules.job_states import JobState
from bot.rules.unknown_outcomes import RETRY_ONCE_AFTER, OnUnknownOutcome
from bot.storage.remixes import claims
from bot.use_cases.remixes.recover_jobs import recover_jobs
from tests.integration.made_storage import START


@pytest.fixture
def bold_bot(bot):
    bot.use_rules(replace(bot.rules, on_unknown_outcome=OnUnknownOutcome.RETRY_ONCE))
    return bot


async def over_after_all(bot, job):
    async def over():
        return (await bot.job(job.id)).finished_at is not None

    bot.clock.move(seconds=RETRY_ONCE_AFTER.total_seconds())
    async with bot.working():
        await bot.heard.until(over)


async def until_asked_again(bot, job):
    async def back():
        events = await bot.events(job.id)
        return "queued: asked again once" in events

    async with bot.working():
        await bot.heard.until(back)


async def test_it_goes_back_to_the_queue_once_and_both_calls_count(bold_bot):
    bold_bot.stand_in.dials.fail = [Fault.INTERNAL]
    job = await bold_bot.remix()
    await until_asked_again(bold_bot, job)
    waiting = await bold_bot.job(job.id)
    assert (waiting.state, waiting.due_at) == (JobState.QUEUED, START + RETRY_ONCE_AFTER)
    assert waiting.queue_until == START + timedelta(hours=1)
    assert waiting.reply_token == "token"
    assert await bold_bot.cooldown() == START
    await over_after_all(bold_bot, job)
    assert (await bold_bot.job(job.id)).state is JobState.DELIVERED
    assert (await bold_bot.events(job.id))[1:4] == [
        "generating: slot",
        "outcome_unknown: outcome_unknown",
        "queued: asked again once",
    ]
    # The first call may have been billed: nobody can know, and so it counts.
    assert await bold_bot.money(job.id) == ("settled", 60_000)


async def test_the_second_time_it_is_parked_and_all_of_the_money_is_unresolved(bold_bot):
    bold_bot.stand_in.dials.always = Fault.INTERNAL
    job = await bold_bot.remix()
    await until_asked_again(bold_bot, job)
    bold_bot.clock.move(seconds=30)
    await bold_bot.work(job.id)
    assert (await bold_bot.job(job.id)).state is JobState.OUTCOME_UNKNOWN
    assert await bold_bot.money(job.id) == ("unresolved", None)
    assert await bold_bot.cooldown() is None
    bold_bot.clock.move(hours=1)
    bold_bot.stand_in.dials.always = None
    await bold_bot.work((await bold_bot.remix(2)).id)
    assert [call for call in await bold_bot.events(job.id) if call.startswith("generating")] == ["generating: slot"] * 2


async def test_a_refusal_of_the_second_call_still_counts_the_first(bold_bot):
    bold_bot.stand_in.dials.fail = [Fault.INTERNAL, Fault.REJECTED]
    job = await bold_bot.remix()
    await until_asked_again(bold_bot, job)
    await over_after_all(bold_bot, job)
    assert (await bold_bot.job(job.id)).state is JobState.FAILED
    assert await bold_bot.money(job.id) == ("settled", 30_000)


async def test_a_kill_in_the_middle_of_a_call_is_asked_again_once_and_the_next_one_is_parked(bold_bot):
    job = await bold_bot.remix()
    states = []
    for _ in range(2):
        (held,) = await bold_bot.do(claims.claim_queued, bold_bot.lease, 1, bold_bot.clock())
        held = await bold_bot.remixes.generate.begin(held)
        await recover_jobs(bold_bot.restarted().core, bold_bot.rules)
        states.append((await bold_bot.job(job.id)).state)
        bold_bot.clock.move(minutes=1)
    assert states == [JobState.QUEUED, JobState.OUTCOME_UNKNOWN]
