"""A wrong key, no access or an empty balance is no job's fault: the queue waits, and one job tries now and then."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.demo.ideogram_stand_in import Fault
from bot.rules.failures import ProviderFailure, ProviderProblem
from bot.rules.job_states import JobState
from bot.rules.refusals import Reason, Refused
from bot.storage.remixes import claims
from bot.storage.remixes.holds import TRIAL_INTERVAL
from bot.storage.standing import servers
from bot.storage.standing.pauses import Pause
from bot.use_cases.remixes.cancel_remix import cancel_remix
from bot.use_cases.remixes.recover_jobs import recover_jobs
from tests.integration.made_storage import START

CAUSES = {
    Fault.KEY_REJECTED: ProviderProblem.KEY_REJECTED,
    Fault.FORBIDDEN: ProviderProblem.NO_ACCESS,
    Fault.NO_FUNDS: ProviderProblem.OUT_OF_CREDIT,
}


async def all_delivered(bot, ids):
    return all([(await bot.job(job_id)).state is JobState.DELIVERED for job_id in ids])


@pytest.mark.parametrize("fault", CAUSES)
async def test_the_queue_is_held_and_the_jobs_are_kept(bot, fault):
    bot.stand_in.dials.always = fault
    job = await bot.remix(1)
    await bot.work(job.id)
    hold = await bot.hold()
    assert (hold.problem, hold.next_trial_at, hold.trial_job_id) == (CAUSES[fault], START + TRIAL_INTERVAL, None)
    kept = await bot.job(job.id)
    assert (kept.state, kept.turn, kept.due_at) == (JobState.QUEUED, 1, START)
    assert await bot.money(job.id) == ("reserved", None)
    assert await bot.cooldown() == START
    assert (await bot.events(job.id))[1:] == ["generating: slot", f"queued: {CAUSES[fault]}"]
    assert (bot.calls, bot.paid_calls) == (1, 0)
    assert await bot.ask(3) == Refused(Reason.SERVICE_PAUSED)


async def test_those_that_were_claimed_ahead_are_let_go_without_a_call(bot):
    bot.stand_in.dials.always = Fault.KEY_REJECTED
    ids = [(await bot.remix(user_id)).id for user_id in range(4)]
    async with bot.working(slots=1):
        await bot.heard.until(lambda: nobody_holds(bot, ids))
    assert bot.calls == 1
    assert sorted([(await bot.job(job_id)).attempts for job_id in ids]) == [0, 0, 0, 1]


async def nobody_holds(bot, ids):
    jobs = [await bot.job(job_id) for job_id in ids]
    return await bot.hold() is not None and all(job.lease is None for job in jobs)


async def test_one_job_tries_every_five_minutes_and_no_more(bot):
    bot.stand_in.dials.always = Fault.KEY_REJECTED
    ids = [(await bot.remix(user_id)).id for user_id in range(5)]
    async with bot.working(slots=1):
        await bot.heard.until(lambda: nobody_holds(bot, ids))
    calls = bot.calls
    for round_ in range(1, 4):
        bot.clock.move(seconds=TRIAL_INTERVAL.total_seconds())
        async with bot.working():
            await bot.heard.until(lambda: held_until(bot, bot.clock() + TRIAL_INTERVAL))
        assert bot.calls == calls + round_
    assert bot.paid_calls == 0


async def held_until(bot, moment):
    hold = await bot.hold()
    return hold.next_trial_at == moment and hold.trial_job_id is None


async def test_before_the_five_minutes_are_over_nobody_tries(bot):
    bot.stand_in.dials.fail = [Fault.KEY_REJECTED]
    job = await bot.remix()
    await bot.work(job.id)
    bot.clock.move(seconds=TRIAL_INTERVAL.total_seconds() - 1)
    await bot.work(job.id)
    assert bot.calls == 1


async def test_a_success_lifts_the_hold_and_all_are_served(bot):
    bot.stand_in.dials.fail = [Fault.NO_FUNDS]
    ids = [(await bot.remix(user_id)).id for user_id in range(4)]
    async with bot.working(slots=1):
        await bot.heard.until(lambda: nobody_holds(bot, ids))
    bot.clock.move(minutes=5)
    async with bot.working(slots=1):
        await bot.heard.until(lambda: all_delivered(bot, ids))
    assert await bot.hold() is None
    assert (bot.calls, bot.paid_calls) == (5, 4)
    await bot.remix(9)


async def test_a_start_tries_at_once_and_a_trial_that_fails_holds_on(bot):
    bot.stand_in.dials.fail = [Fault.KEY_REJECTED, Fault.KEY_REJECTED]
    job = await bot.remix()
    await bot.work(job.id)
    bot.clock.move(minutes=1)
    again = bot.restarted()
    await recover_jobs(again.core, again.rules)
    async with again.working():
        await again.heard.until(lambda: held_until(again, again.clock() + TRIAL_INTERVAL))
    assert bot.calls == 2
    assert (await again.job(job.id)).state is JobState.QUEUED


async def test_a_held_job_still_has_its_age_limit(bot):
    bot.stand_in.dials.always = Fault.NO_FUNDS
    job = await bot.remix()
    await bot.work(job.id)
    bot.clock.now = START + timedelta(hours=1)
    async with bot.working():
        await bot.heard.until(lambda: is_over(bot, job))
    assert await bot.money(job.id) == ("released", None)
    assert bot.calls == 1


async def is_over(bot, job):
    return (await bot.job(job.id)).finished_at is not None


@pytest.mark.parametrize("fault", [Fault.PROMPT_UNSAFE, Fault.REJECTED])
async def test_a_trial_that_was_looked_at_and_refused_lifts_the_hold_too(bot, fault):
    bot.stand_in.dials.fail = [Fault.KEY_REJECTED, fault]
    job = await bot.remix()
    await bot.work(job.id)
    bot.clock.move(minutes=5)
    async with bot.working():
        await bot.heard.until(lambda: is_over(bot, job))
    assert await bot.hold() is None


async def test_where_nobody_waits_the_first_who_asks_when_it_is_time_is_the_trial(bot):
    bot.stand_in.dials.fail = [Fault.KEY_REJECTED]
    job = await bot.remix(1)
    await bot.work(job.id)
    await cancel_remix(bot.core, job.id, 1)
    bot.clock.move(seconds=TRIAL_INTERVAL.total_seconds() - 1)
    assert await bot.ask(2) == Refused(Reason.SERVICE_PAUSED)
    bot.clock.move(seconds=1)
    trial = await bot.remix(2)
    assert await bot.ask(3) == Refused(Reason.SERVICE_PAUSED)
    async with bot.working():
        await bot.heard.until(lambda: is_over(bot, trial))
    assert await bot.hold() is None
    await bot.remix(3)


async def test_one_that_was_refused_a_slot_and_then_met_a_pause_is_due_when_the_pause_is_over(bot):
    job = await bot.remix()
    (claimed,) = await bot.do(claims.claim_queued, bot.lease, 1, bot.clock())
    begun = await bot.remixes.generate.begin(claimed)
    full = ProviderFailure(ProviderProblem.RATE_LIMITED, is_inflight_limit=True)
    await bot.remixes.generate.record_failure(begun, full)
    await bot.do(servers.pause, job.guild_id, Pause("a break", bot.clock(), by=9))
    again = replace(begun, state=JobState.QUEUED, attempts=begun.attempts - 1)
    assert await bot.remixes.generate.begin(again) is None
    await bot.do(servers.resume, job.guild_id)
    await bot.work(job.id)
    assert (await bot.job(job.id)).state is JobState.DELIVERED
