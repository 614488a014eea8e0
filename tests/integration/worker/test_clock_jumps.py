"""The clock is set an hour forward or back while a job is on its way: it arrives, paid once, without delay."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.demo.ideogram_stand_in import Fault
from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.limits import Limits
from bot.storage.remixes import claims
from bot.use_cases.remixes.submit_remix import Accepted
from bot.worker.brake import Brake
from tests.integration.made_bot import RULES
from tests.integration.made_storage import START, Clock

JUMPS = {"forward": timedelta(hours=1), "back": timedelta(hours=-1)}


@pytest.fixture
def bot(bot):
    """A waiting job outlives the jump: an hour forward is else as good as an hour of waiting."""
    bot.use_rules(replace(RULES, queue_age=timedelta(hours=3)))
    return bot


@pytest.fixture(params=JUMPS.values(), ids=JUMPS)
def jump(request, bot):
    def jumps():
        bot.clock.now += request.param

    return jumps


async def is_delivered(bot, job):
    return (await bot.job(job.id)).state is JobState.DELIVERED


async def arrives(bot, job):
    async with bot.working():
        await bot.heard.until(lambda: is_delivered(bot, job))
    assert (bot.paid_calls, len(bot.poster.posted)) == (1, 1)
    assert await bot.money(job.id) == ("settled", 30_000)


async def test_one_that_waits(bot, jump):
    job = await bot.remix()
    jump()
    await arrives(bot, job)


async def test_one_that_has_waited_too_long_by_an_hour_forward_is_let_go_uncharged(bot):
    bot.use_rules(RULES)
    job = await bot.remix()
    bot.clock.now += JUMPS["forward"]
    await bot.work(job.id)
    assert (await bot.job(job.id)).failure_kind is FailureKind.QUEUE_EXPIRED
    assert (await bot.money(job.id), await bot.cooldown(), bot.calls) == (("released", None), None, 0)


async def test_one_that_was_sent_back_by_a_rate_limit(bot, jump):
    bot.stand_in.dials.fail = [Fault.TOO_MANY_RETRY_AFTER]
    job = await bot.remix()
    await bot.work(job.id)
    jump()
    await arrives(bot, job)


async def test_one_that_is_being_made(bot, jump):
    job = await bot.remix()
    (held,) = await bot.do(claims.claim_queued, bot.lease, 1, bot.clock())
    prepared = await bot.remixes.generate.prepare(held)
    held = await bot.remixes.generate.begin(held)
    answer = await bot.remixes.generate.ask(prepared)
    jump()
    await bot.remixes.generate.record_answer(held, answer)
    await arrives(bot, job)


async def test_one_whose_link_failed_once(bot, jump):
    bot.stand_in.dials.fail = [Fault.LINK_500_ONCE]
    job = await bot.remix()
    await bot.work(job.id)
    assert (await bot.job(job.id)).state is JobState.GENERATED
    jump()
    await arrives(bot, job)


async def test_one_that_was_being_made_at_a_crash_is_parked_and_not_asked_again(bot, jump):
    job = await bot.remix()
    (held,) = await bot.do(claims.claim_queued, bot.lease, 1, bot.clock())
    held = await bot.remixes.generate.begin(held)
    jump()
    again = await bot.start_again()
    await again.work(job.id)
    assert ((await again.job(job.id)).state, again.calls) == (JobState.OUTCOME_UNKNOWN, 0)


async def test_a_held_queue_tries_as_if_nothing_had_been(bot, jump):
    bot.stand_in.dials.fail = [Fault.KEY_REJECTED]
    job = await bot.remix()
    await bot.work(job.id)
    jump()
    await arrives(bot, job)
    assert await bot.hold() is None


async def test_a_cooldown_does_not_grow_by_the_hour(bot, jump):
    bot.use_rules(replace(RULES, limits=Limits(timedelta(minutes=5), 100, 500)))
    await bot.remix()
    jump()
    assert isinstance(await bot.ask(), Accepted)


async def test_a_brake_that_was_pulled_before_the_clock_was_set_back_lets_go():
    clock = Clock()
    brake = Brake(clock)
    brake.pull(START + timedelta(minutes=2))
    clock.now -= JUMPS["forward"]
    await brake.wait()
