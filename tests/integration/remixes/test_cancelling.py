"""A person takes a remix back: while nothing is spent, and then surely."""

import asyncio

import pytest

from bot.rules.job_states import JobState
from bot.storage.remixes import claims
from bot.storage.remixes.jobs import Job
from bot.use_cases.remixes.cancel_remix import CancelOutcome, cancel_remix
from bot.use_cases.remixes.generate_image import PreparedJob
from tests.integration.made_storage import START


async def claimed(bot):
    (job,) = await bot.do(claims.claim_queued, bot.lease, 1, START)
    prepared = await bot.remixes.generate.prepare(job)
    assert isinstance(prepared, PreparedJob)
    return prepared


async def test_a_waiting_remix_is_cancelled_and_nothing_counts(bot):
    job = await bot.remix()
    assert await cancel_remix(bot.core, job.id, 1) is CancelOutcome.CANCELLED
    assert (await bot.job(job.id)).state is JobState.CANCELLED
    assert await bot.money(job.id) == ("released", None)
    assert await bot.cooldown() is None
    assert await bot.events(job.id) == ["queued: accepted", "cancelled: by its person"]
    assert bot.heard.changed == [job.id, job.id]


async def test_a_second_click_says_the_same_and_changes_nothing(bot):
    job = await bot.remix()
    outcomes = await asyncio.gather(*(cancel_remix(bot.core, job.id, 1) for _ in range(3)))
    assert outcomes == [CancelOutcome.CANCELLED] * 3
    assert len(await bot.events(job.id)) == 2


@pytest.mark.parametrize("of", ["another person", "nobody"])
async def test_only_its_person_may_cancel(bot, of):
    job = await bot.remix()
    number = job.id if of == "another person" else job.id + 1
    assert await cancel_remix(bot.core, number, 2) is CancelOutcome.NOT_YOURS
    assert (await bot.job(job.id)).state is JobState.QUEUED


async def test_one_that_is_claimed_and_not_begun_can_be_cancelled_and_is_not_begun_then(bot):
    job = await bot.remix()
    prepared = await claimed(bot)
    assert await cancel_remix(bot.core, job.id, 1) is CancelOutcome.CANCELLED
    assert await bot.remixes.generate.begin(prepared.job) is None
    assert (await bot.job(job.id)).state is JobState.CANCELLED
    assert bot.calls == 0


async def test_once_begun_it_is_too_late(bot):
    job = await bot.remix()
    prepared = await claimed(bot)
    assert (await bot.remixes.generate.begin(prepared.job)).state is JobState.GENERATING
    assert await cancel_remix(bot.core, job.id, 1) is CancelOutcome.TOO_LATE
    assert (await bot.job(job.id)).state is JobState.GENERATING
    assert await bot.money(job.id) == ("reserved", None)


async def test_of_cancelling_and_beginning_at_once_exactly_one_wins(bot):
    ids = [(await bot.remix(user_id)).id for user_id in range(20)]
    held = await bot.do(claims.claim_queued, bot.lease, 20, START)
    cancels = [cancel_remix(bot.core, job.id, job.user_id) for job in held]
    begins = [bot.remixes.generate.begin(job) for job in held]
    mixed = [call for pair in zip(cancels[:10], begins[:10], strict=True) for call in pair]
    mixed += [call for pair in zip(begins[10:], cancels[10:], strict=True) for call in pair]
    outcomes = await asyncio.gather(*mixed)
    states = [(await bot.job(job_id)).state for job_id in ids]
    # Who is first is not told: what a slot waits for may go before all else.
    assert set(states) <= {JobState.CANCELLED, JobState.GENERATING}
    assert states.count(JobState.CANCELLED) == outcomes.count(CancelOutcome.CANCELLED)
    assert states.count(JobState.GENERATING) == sum(isinstance(each, Job) for each in outcomes)


async def test_a_delivered_remix_cannot_be_cancelled(bot):
    job = await bot.remix()
    await bot.work(job.id)
    assert await cancel_remix(bot.core, job.id, 1) is CancelOutcome.TOO_LATE
    assert await bot.money(job.id) == ("settled", 30_000)
