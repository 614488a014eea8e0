"""The source of a remix that ended with nothing delivered goes within minutes, unless somebody still needs it."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.demo.ideogram_stand_in import Fault
from bot.rules.job_states import JobState
from bot.rules.parked_decisions import ParkedDecision
from bot.storage.remixes import retention
from bot.use_cases.operator.decide_parked import decide
from bot.use_cases.pictures.make_prints import MakePrints
from bot.use_cases.remixes.cancel_remix import cancel_remix
from bot.use_cases.remixes.expiry import delete_unneeded, expire_jobs
from bot.worker.housekeeping import Housekeeping
from tests.integration.remixes.test_letting_go import KEEP, age_files, forget, on_disk


async def fails_as(bot, fault):
    bot.stand_in.dials.fail = [fault]
    job = await bot.remix()
    await bot.work(job.id)
    return job


async def is_cancelled(bot):
    job = await bot.remix()
    await cancel_remix(bot.core, job.id, 1)
    return job


async def is_refused(bot):
    return await fails_as(bot, Fault.PICTURE_UNSAFE)


async def is_rejected(bot):
    return await fails_as(bot, Fault.REJECTED)


async def is_written_off(bot):
    job = await fails_as(bot, Fault.INTERNAL)
    await bot.do(decide_now, job.id, ParkedDecision.WRITTEN_OFF, bot.clock())
    return job


async def expires(bot):
    job = await bot.remix()
    bot.clock.move(hours=1)
    await expire_jobs(bot.core)
    return job


async def has_its_server_blocked(bot):
    job = await bot.remix()
    bot.use_rules(replace(bot.rules, allowed_guild_ids=frozenset({12})))
    await bot.work(job.id)
    return job


def decide_now(connection, job_id, decision, now):
    assert decide(connection, job_id, decision, by=1, queue_age=timedelta(hours=1), now=now) is None


ENDINGS = [is_cancelled, is_refused, has_its_server_blocked]
CAN_BE_TRIED_AGAIN = [is_rejected, is_written_off, expires]


@pytest.mark.parametrize("ends", ENDINGS)
async def test_the_source_of_what_ended_with_nothing_delivered_goes_within_minutes(bot, ends):
    job = await ends(bot)
    ended = await bot.job(job.id)
    assert ended.state in {JobState.FAILED, JobState.CANCELLED}
    assert ended.source_hash is None
    assert on_disk(bot) == {job.source_hash}
    age_files(bot)
    assert await delete_unneeded(bot.core) == 0
    await MakePrints(bot.core).look()
    bot.clock.move(minutes=2, seconds=1)
    assert await delete_unneeded(bot.core) == 1
    assert on_disk(bot) == set()
    assert await bot.do(retention.unneeded, bot.clock() + KEEP, 10) == []


@pytest.mark.parametrize("ends", CAN_BE_TRIED_AGAIN)
async def test_the_source_of_what_can_be_tried_again_goes_after_fifteen_minutes(bot, ends):
    job = await ends(bot)
    assert (await bot.job(job.id)).source_hash is None
    age_files(bot)
    bot.clock.move(minutes=14)
    await rounds(bot)
    assert on_disk(bot) == {job.source_hash}
    bot.clock.move(minutes=1)
    await rounds(bot)
    assert on_disk(bot) == set()
    assert await bot.do(retention.unneeded, bot.clock() + KEEP, 10) == []


async def rounds(bot):
    await Housekeeping(bot.core, keep_pictures=KEEP).once(forget=False)


async def test_of_several_that_failed_only_the_last_source_is_kept(bot):
    first, last = [await fails_as_shade(bot, shade) for shade in (1, 2)]
    age_files(bot)
    bot.clock.move(minutes=3)
    await rounds(bot)
    assert on_disk(bot) == {last.source_hash}
    assert first.source_hash != last.source_hash


async def fails_as_shade(bot, shade):
    bot.stand_in.dials.fail = [Fault.REJECTED]
    job = await bot.remix(shade=shade)
    await bot.work(job.id)
    return job


async def test_ten_rounds_of_submitting_and_cancelling_leave_no_bytes(bot):
    for shade in range(10):
        job = await bot.remix(shade=shade)
        await cancel_remix(bot.core, job.id, 1)
        bot.clock.move(minutes=11)
    assert len(on_disk(bot)) == 10
    age_files(bot)
    await Housekeeping(bot.core, keep_pictures=KEEP).once(forget=False)
    assert on_disk(bot) == set()


async def test_a_source_stays_while_another_job_names_it_and_goes_after_the_last(bot):
    first, second = await bot.remix(1, shade=5), await bot.remix(2, shade=5)
    assert first.source_hash == second.source_hash
    await cancel_remix(bot.core, first.id, 1)
    bot.clock.move(minutes=3)
    age_files(bot)
    assert await delete_unneeded(bot.core) == 0
    assert on_disk(bot) == {second.source_hash}
    await cancel_remix(bot.core, second.id, 2)
    bot.clock.move(minutes=3)
    assert await delete_unneeded(bot.core) == 1


async def test_a_source_that_was_just_sent_again_stays_until_its_new_job_is_known(bot):
    job = await is_cancelled(bot)
    bot.clock.move(minutes=3)
    age_files(bot)
    put_again = bot.blobs.put(bot.blobs.get(job.source_hash))
    os.utime(bot.blobs.path(put_again), (bot.clock().timestamp(),) * 2)
    assert await delete_unneeded(bot.core) == 0
    assert on_disk(bot) == {job.source_hash}
    bot.clock.move(minutes=3)
    assert await delete_unneeded(bot.core) == 1


async def test_a_parked_job_keeps_its_source_for_the_operator(bot):
    job = await fails_as(bot, Fault.INTERNAL)
    parked = await bot.job(job.id)
    assert (parked.state, parked.source_hash) == (JobState.OUTCOME_UNKNOWN, job.source_hash)
    bot.clock.move(days=40)
    age_files(bot)
    await delete_unneeded(bot.core)
    await forget(bot)
    assert on_disk(bot) == {job.source_hash}
    await bot.do(decide_now, job.id, ParkedDecision.RETRIED, bot.clock())
    await bot.work(job.id)
    assert (await bot.job(job.id)).state is JobState.DELIVERED


async def test_a_start_deletes_what_no_job_names_however_new_and_spares_what_came_since(bot):
    bot.clock.now = datetime.now(UTC)
    bot.blobs.put(b"left by a crash")
    bot.clock.move(seconds=5)
    housekeeping = Housekeeping(bot.core, keep_pictures=KEEP)
    new = bot.blobs.put(b"about to be named")
    os.utime(bot.blobs.path(new), (bot.clock().timestamp(),) * 2)
    await housekeeping.once(forget=True)
    assert on_disk(bot) == {new}
    # The clock is set back, so that what is written now looks older than the start.
    bot.clock.move(minutes=-30)
    os.utime(bot.blobs.path(new), (bot.clock().timestamp(),) * 2)
    await housekeeping.once(forget=True)
    assert on_disk(bot) == {new}
