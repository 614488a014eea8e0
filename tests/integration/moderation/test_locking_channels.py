"""A locked channel accepts and starts nothing until the lock ends, is lifted or undone; other channels go on."""

from datetime import timedelta

import pytest

from bot.rules.cases import CaseKind
from bot.rules.job_states import JobState
from bot.rules.policy_problems import Problems
from bot.rules.refusals import Reason, Refused
from bot.storage.moderation import cases
from bot.storage.remixes import claims
from bot.storage.standing import channel_locks
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.lock_channel import lock_channel, unlock_channel
from bot.use_cases.moderation.review_cases import edit_case_reason
from bot.use_cases.moderation.undo_case import NotUndone, undo_case
from tests.integration.made_storage import START

ACTING = Acting(11, 900, "a contest")
CHANNEL, OTHER, THREAD = 22, 23, 24
AN_HOUR = timedelta(hours=1)


async def undo(bot, number):
    return await undo_case(bot.core, ACTING, number, lambda *_: Problems([]))


async def state(bot, job_id):
    return (await bot.job(job_id)).state


async def test_a_locked_channel_refuses_with_the_reason_and_others_do_not(bot):
    await lock_channel(bot.core, ACTING, CHANNEL, AN_HOUR)
    refused = Refused(Reason.CHANNEL_LOCKED, until=START + AN_HOUR, note="a contest")
    assert await bot.ask(1) == refused
    assert await bot.ask(1, channel_id=THREAD, parent_channel_id=CHANNEL) == refused
    await bot.remix(1, channel_id=OTHER)
    bot.clock.move(hours=1)
    await bot.remix(1)


async def test_waiting_remixes_stay_until_it_is_unlocked_and_are_not_bought_before(bot):
    here, thread = await bot.remix(1), await bot.remix(2, channel_id=THREAD, parent_channel_id=CHANNEL)
    elsewhere = await bot.remix(3, channel_id=OTHER)
    await lock_channel(bot.core, ACTING, CHANNEL, None)
    await bot.work(elsewhere.id)
    assert [await state(bot, job.id) for job in (here, thread)] == [JobState.QUEUED] * 2
    assert bot.calls == 1
    assert await bot.do(claims.next_queued_due) is None

    again = bot.restarted()
    case = await unlock_channel(again.core, ACTING, CHANNEL)

    assert (case.kind, case.channel_id) == (CaseKind.UNLOCK, CHANNEL)
    await again.work(here.id, thread.id)
    assert [await state(again, job.id) for job in (here, thread)] == [JobState.DELIVERED] * 2
    assert await unlock_channel(again.core, ACTING, CHANNEL) is None


async def test_a_remix_that_was_claimed_before_the_lock_is_not_bought(bot):
    job = await bot.remix(1)
    (claimed,) = await bot.do(claims.claim_queued, bot.lease, 1, START)
    await lock_channel(bot.core, ACTING, CHANNEL, None)
    assert not await bot.remixes.generate.begin(claimed)
    assert (await bot.job(job.id)).lease is None
    assert await bot.do(claims.claim_queued, bot.lease, 1, START) == []


async def test_the_worker_comes_back_at_the_moment_when_the_lock_ends(bot):
    await bot.remix(1)
    await lock_channel(bot.core, ACTING, CHANNEL, AN_HOUR)
    assert await bot.do(claims.next_queued_due) == START + AN_HOUR
    assert await bot.do(claims.claim_queued, bot.lease, 5, START) == []
    assert len(await bot.do(claims.claim_queued, bot.lease, 5, START + AN_HOUR)) == 1


async def test_the_longer_of_the_locks_of_a_thread_and_its_channel_holds(bot):
    await lock_channel(bot.core, ACTING, THREAD, AN_HOUR)
    await lock_channel(bot.core, ACTING, CHANNEL, 2 * AN_HOUR)
    assert (await bot.ask(1, channel_id=THREAD, parent_channel_id=CHANNEL)).until == START + 2 * AN_HOUR
    await unlock_channel(bot.core, ACTING, CHANNEL)
    assert (await bot.ask(1, channel_id=THREAD, parent_channel_id=CHANNEL)).until == START + AN_HOUR
    await bot.remix(1)


async def test_undoing_a_lock_lets_the_earlier_one_hold_again(bot):
    await lock_channel(bot.core, ACTING, CHANNEL, None)
    await lock_channel(bot.core, Acting(11, 901, "shorter"), CHANNEL, AN_HOUR)
    assert (await undo(bot, 2)).by.kind is CaseKind.LOCK
    assert await bot.ask(1) == Refused(Reason.CHANNEL_LOCKED, note="a contest")
    assert await undo(bot, 1) is NotUndone.OVER
    assert (await undo(bot, 3)).by.kind is CaseKind.UNLOCK
    await bot.remix(1)


async def test_a_new_reason_of_the_case_is_what_people_read(bot):
    await lock_channel(bot.core, ACTING, CHANNEL, None)
    await edit_case_reason(bot.core, ACTING, 1, "an event")
    assert (await bot.ask(1)).note == "an event"


async def test_a_server_unlocks_no_channel_of_another(bot):
    await lock_channel(bot.core, ACTING, CHANNEL, None)
    assert await unlock_channel(bot.core, Acting(12, 900), CHANNEL) is None
    assert await bot.do(channel_locks.find, 11, CHANNEL) is not None
    assert await bot.do(cases.find, 12, 1) is None


@pytest.mark.parametrize("way", ["lift", "undo"])
async def test_a_lock_that_has_ended_can_be_neither_lifted_nor_undone(bot, way):
    await lock_channel(bot.core, ACTING, CHANNEL, AN_HOUR)
    bot.clock.move(hours=2)
    done = await (unlock_channel(bot.core, ACTING, CHANNEL) if way == "lift" else undo(bot, 1))
    assert done in {None, NotUndone.OVER}
