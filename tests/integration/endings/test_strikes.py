"""Who cancels often or fails often for nothing stops getting everything back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.demo.ideogram_stand_in import Fault
from bot.rules.job_states import JobState
from bot.rules.limits import Limits
from bot.rules.policies import Policy
from bot.rules.refusals import Reason, Refused
from bot.storage.engine.tables.moderation import strikes as table
from bot.storage.remixes import claims, quotas
from bot.storage.standing import policies
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.server_queue import cancel_waiting
from bot.use_cases.remixes.cancel_remix import CancelOutcome, cancel_remix
from bot.worker.housekeeping import Housekeeping

KEPT, FREE = CancelOutcome.COOLDOWN_KEPT, CancelOutcome.CANCELLED
FAILING = {"unknown": Fault.INTERNAL, "rejected": Fault.REJECTED, "too large": Fault.TOO_LARGE}


@pytest.fixture
def bot(bot):
    """With a cooldown of a minute, which every job of these tests waits for if it has to."""
    bot.use_rules(replace(bot.rules, limits=Limits(timedelta(minutes=1), waiting_per_person=100, waiting=500)))
    return bot


async def cancelled(bot, user_id=1, **options):
    job = await bot.remix(user_id, **options)
    return await cancel_remix(bot.core, job.id, user_id)


async def counted(bot, job):
    """Whether it uses up quota, and whether its cooldown goes on."""
    uses_quota = await bot.do(quotas.is_counted, job.id)
    cooldown = await bot.cooldown(job.user_id)
    return uses_quota, cooldown == job.accepted_at


async def failed(bot, fault, user_id=1, **options):
    bot.stand_in.dials.fail = [fault]
    job = await bot.remix(user_id, **options)
    await bot.work(job.id)
    was_counted = await counted(bot, job)
    bot.clock.move(minutes=1)
    return was_counted


async def test_the_third_cancel_in_ten_minutes_keeps_its_cooldown_and_gives_the_quota_back(bot):
    assert [await cancelled(bot) for _ in range(2)] == [FREE, FREE]
    third = await bot.remix()
    assert await cancel_remix(bot.core, third.id, 1) is KEPT
    assert await counted(bot, third) == (False, True)
    refused = await bot.ask()
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.COOLDOWN
    status = await bot.statuses.of(third.id)
    assert (status.cooldown_kept, status.counted) == (True, False)


async def test_cancels_longer_ago_than_ten_minutes_do_not_count(bot):
    await cancelled(bot)
    bot.clock.move(minutes=5)
    await cancelled(bot)
    bot.clock.move(minutes=5)
    assert await cancelled(bot) is FREE


async def test_cancels_are_counted_for_each_person_and_server_and_not_those_of_moderators(bot):
    for _ in range(2):
        await cancelled(bot)
    assert await cancelled(bot, 2) is FREE
    assert await cancelled(bot, guild_id=12) is FREE
    waiting = await bot.remix(3)
    await cancel_waiting(bot.core, Acting(11, 99), waiting.id)
    assert [await cancelled(bot, 3) for _ in range(3)] == [FREE, FREE, KEPT]


@pytest.mark.parametrize("fault", FAILING.values(), ids=FAILING)
async def test_after_two_failures_nothing_is_given_back_and_the_message_says_so(bot, fault):
    assert [await failed(bot, fault) for _ in range(3)] == [(False, False)] * 2 + [(True, True)]


async def test_unknown_and_rejected_ones_count_together_and_in_all_servers(bot):
    await failed(bot, Fault.INTERNAL, shade=1)
    await failed(bot, Fault.REJECTED, shade=2, guild_id=12)
    assert await failed(bot, Fault.REJECTED, shade=3) == (True, True)


async def test_a_picture_that_failed_twice_is_recognised_whoever_sends_it(bot):
    for user_id in (1, 2):
        assert await failed(bot, Fault.INTERNAL, user_id, shade=9) == (False, False)
    assert await failed(bot, Fault.INTERNAL, 3, shade=9) == (True, True)
    assert await failed(bot, Fault.INTERNAL, 4, shade=8) == (False, False)


async def test_a_day_later_they_are_forgotten(bot):
    for _ in range(2):
        await failed(bot, Fault.REJECTED)
    bot.clock.move(hours=24)
    assert await failed(bot, Fault.REJECTED) == (False, False)
    bot.clock.move(hours=24)
    await Housekeeping(bot.core, keep_pictures=timedelta(days=30)).once(forget=True)
    assert await bot.do(lambda connection: connection.execute(table.select()).all()) == []


async def test_one_that_a_restart_interrupted_is_given_back_and_counts_for_nothing(bot):
    for _ in range(3):
        job = await bot.remix()
        (claimed,) = await bot.do(claims.claim_queued, bot.lease, 1, bot.clock())
        claimed = await bot.remixes.generate.begin(claimed)
        await bot.start_again()
        assert (await bot.job(job.id)).state is JobState.OUTCOME_UNKNOWN
        assert await counted(bot, job) == (False, False)
    assert await failed(bot, Fault.INTERNAL) == (False, False)


async def test_what_was_never_sent_to_ideogram_is_always_given_back(bot):
    for _ in range(3):
        job = await bot.remix()
        bot.blobs.path(job.source_hash).unlink()
        await bot.work(job.id)
        assert await counted(bot, job) == (False, False)


async def test_a_quota_of_one_allows_three_failures_a_day_and_no_more(bot):
    await bot.do(policies.write, 11, Policy(daily_quota=1))
    for _ in range(3):
        await failed(bot, Fault.INTERNAL)
    refused = await bot.ask()
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.QUOTA_DAY
