"""A start after a kill: generations with an id on record are collected, and only an answer without one is parked."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.demo.ideogram_stand_in import GenerationFault
from bot.rules.generations import IdeogramApi
from bot.rules.job_states import JobState
from bot.rules.parked_decisions import ParkedDecision
from bot.storage.remixes import claims, jobs, queue_facts
from bot.use_cases.operator.decide_parked import decide
from tests.integration.made_storage import START


@pytest.fixture(params=[IdeogramApi.V1_ASYNC, IdeogramApi.V2], ids=str)
def api(request):
    return request.param


async def submitted(bot, user_id=1, *, is_recorded=True):
    """A job whose paid call was answered with an id."""
    job = await bot.remix(user_id)
    (held,) = await bot.do(claims.claim_queued, bot.lease, 1, bot.clock())
    held = await bot.remixes.generate.begin(held)
    generation = await bot.remixes.generate.ask(await bot.remixes.generate.prepare(held))
    if is_recorded:
        await bot.remixes.generate.record_submitted(held, generation)
    return job


async def finish(bot, *over, slots=10):
    async def are_over():
        return all([(await bot.job(job.id)).finished_at is not None for job in over])

    async with bot.working(slots=slots):
        await bot.heard.until(are_over)


async def test_what_was_submitted_is_collected_and_posted_and_not_bought_again(bot):
    job = await submitted(bot)
    again = await bot.start_again()
    assert (await again.job(job.id)).state is JobState.GENERATING
    await finish(again, job)
    assert (bot.calls, bot.paid_calls, len(again.poster.posted)) == (1, 1, 1)
    assert await again.money(job.id) == ("settled", 30_000)


async def test_it_goes_on_after_any_number_of_kills_and_a_long_time(bot):
    job = await submitted(bot)
    for _ in range(3):
        bot.clock.move(hours=10)
        bot = await bot.start_again()
        assert (await bot.job(job.id)).state is JobState.GENERATING
    await finish(bot, job)
    assert (bot.calls, len(bot.poster.posted)) == (1, 1)


async def test_only_the_one_whose_id_was_lost_is_parked(bot):
    known = await submitted(bot, 1)
    lost = await submitted(bot, 2, is_recorded=False)
    again = await bot.start_again()
    await finish(again, known)
    assert (await again.job(lost.id)).state is JobState.OUTCOME_UNKNOWN
    assert (await again.events(lost.id))[-1] == "outcome_unknown: restart"
    assert await again.money(lost.id) == ("unresolved", None)


async def test_it_is_collected_where_it_was_submitted_whatever_is_set_now(bot):
    job = await submitted(bot)
    again = await bot.start_again()
    again.ideogram.api = IdeogramApi.V1
    await finish(again, job)
    assert (bot.calls, len(again.poster.posted)) == (1, 1)


async def test_what_is_being_made_takes_its_slots_before_anything_new_even_if_they_are_too_few(bot):
    bot.stand_in.dials.latency_s = 60.0
    old = [await submitted(bot, user_id) for user_id in (1, 2)]
    new = await bot.remix(3)
    again = await bot.start_again()

    async def old_are_over():
        return all([(await again.job(job.id)).finished_at is not None for job in old])

    async with again.working(slots=1):
        await again.stand_in.until_polled(4)
        assert bot.calls == 2
        bot.stand_in.release()
        await again.heard.until(old_are_over)
        await again.stand_in.until_called(3)
        bot.stand_in.release()
    assert bot.stand_in.peak_in_flight == 2
    assert (await again.job(new.id)).state is JobState.DELIVERED


async def test_the_time_that_nobody_was_there_is_not_measured(bot):
    job = await submitted(bot)
    bot.clock.move(hours=3)
    again = await bot.start_again()
    await finish(again, job)
    assert await again.do(queue_facts.measured_seconds, job.speed) == []


async def test_a_stop_that_does_not_wait_loses_nothing(bot):
    bot.stand_in.dials.latency_s = 60.0
    job = await bot.remix()
    async with bot.working() as worker:
        await bot.stand_in.until_polled(1)
        worker.stop()
        worker.give_up()
    bot.stand_in.release()
    again = await bot.start_again()
    await finish(again, job)
    assert (bot.calls, len(again.poster.posted)) == (1, 1)


async def parked(bot):
    """Given up while it was pending; its id is still on record."""
    bot.stand_in.dials.generations = [GenerationFault.PENDING]
    job = await submitted(bot)
    bot.clock.move(hours=2)

    async def is_parked():
        return (await bot.job(job.id)).state is JobState.OUTCOME_UNKNOWN

    again = await bot.start_again()
    async with again.working():
        await again.heard.until(is_parked_in(again, job))
    assert (await again.job(job.id)).generation is not None
    return again, job


def is_parked_in(bot, job):
    async def is_parked():
        return (await bot.job(job.id)).state is JobState.OUTCOME_UNKNOWN

    return is_parked


async def decided(bot, job, decision):
    refused = await bot.do(
        lambda c: decide(c, job.id, decision, by=None, queue_age=timedelta(hours=1), now=bot.clock())
    )
    assert refused is None
    return await bot.job(job.id)


async def test_retried_by_the_operator_it_loses_its_old_id_and_is_made_anew(bot):
    again, job = await parked(bot)
    assert (await decided(again, job, ParkedDecision.RETRIED)).generation is None
    await finish(again, job)
    first, second = bot.stand_in.calls
    assert bot.stand_in.polls[-1].generation_id == second.generation_id != first.generation_id
    # Both calls count: the first may yet be billed.
    assert await again.money(job.id) == ("settled", 60_000)


@pytest.mark.parametrize("decision", [ParkedDecision.WRITTEN_OFF, ParkedDecision.WRITTEN_OFF_UNCHARGED])
async def test_written_off_it_loses_its_id(bot, decision):
    again, job = await parked(bot)
    over = await decided(again, job, decision)
    assert (over.state, over.generation, over.submitted_at) == (JobState.FAILED, None, None)


async def test_an_id_is_written_down_only_for_a_job_that_is_being_made_by_this_process(bot):
    job = await submitted(bot)
    generation = (await bot.job(job.id)).generation
    with pytest.raises(jobs.StaleMoveError):
        await bot.do(claims.mark_submitted, replace(await bot.job(job.id), lease="another"), generation, START)
    waiting = await bot.remix(2)
    with pytest.raises(jobs.StaleMoveError):
        await bot.do(claims.mark_submitted, replace(waiting, lease=bot.lease), generation, START)
