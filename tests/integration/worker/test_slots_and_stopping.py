"""Slots are never exceeded and always used, a rate limit holds all back, and a stop loses nothing that was paid."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.demo.ideogram_stand_in import Fault
from bot.rules.job_states import JobState
from bot.storage.engine.tables.remixes import job_events
from bot.use_cases.core import News
from bot.use_cases.ports import PostFailedError
from bot.worker.brake import Brake
from bot.worker.stage import Claimed, Stage
from tests.integration.made_bot import picture
from tests.integration.made_storage import START, Clock


async def states(bot, ids):
    return [(await bot.job(job_id)).state for job_id in ids]


async def all_are(bot, ids, state):
    return set(await states(bot, ids)) == {state}


async def let_others_go_first(bot, turns=20):
    """Long enough for anything that could go on by itself to go on."""
    for _ in range(turns):
        await bot.hold()
        await asyncio.sleep(0)


async def test_sixty_jobs_are_all_served_with_their_own_picture_and_never_over_the_slots(bot):
    bot.stand_in.dials.latency_s = 60
    bot.stand_in.dials.max_in_flight = 4
    ids = [(await bot.remix(user_id % 20, shade=user_id)).id for user_id in range(60)]
    async with bot.working(slots=4):
        await bot.stand_in.until_running(4)
        bot.stand_in.dials.latency_s = 0.02
        bot.stand_in.release()
        await bot.heard.until(lambda: all_are(bot, ids, JobState.DELIVERED))
    assert (bot.stand_in.peak_in_flight, bot.calls, bot.paid_calls) == (4, 60, 60)
    sources = {bot.blobs.get((await bot.job(job_id)).source_hash) for job_id in ids}
    assert sources == {picture(shade) for shade in range(60)}
    assert len({call.source_sha256 for call in bot.stand_in.calls}) == 60
    assert sorted(made.job_id for made in bot.poster.posted) == ids


COUNT_THOSE_BEING_MADE = (
    "CREATE TABLE being_made (jobs INTEGER)",
    (
        "CREATE TRIGGER count_them AFTER UPDATE OF state ON jobs WHEN NEW.state = 'generating'"
        " BEGIN INSERT INTO being_made SELECT count(*) FROM jobs WHERE state = 'generating'; END"
    ),
)


@pytest.mark.sqlite_only  # its trigger is SQLite's
async def test_an_answer_is_written_down_before_the_next_call_begins_so_a_crash_finds_no_more_than_the_slots(bot):
    for statement in COUNT_THOSE_BEING_MADE:
        await bot.do(Connection.exec_driver_sql, statement)
    ids = [(await bot.remix(user_id)).id for user_id in range(60)]
    async with bot.working(slots=4):
        await bot.heard.until(lambda: all_are(bot, ids, JobState.DELIVERED))
    assert await bot.do(lambda connection: connection.scalar(sa.text("SELECT max(jobs) FROM being_made"))) == 4


async def test_nobodys_last_call_is_made_before_anothers_first(bot):
    first = [(await bot.remix(1, prompt=f"one {n}")).id for n in range(4)]
    second = [(await bot.remix(2, prompt=f"two {n}")).id for n in range(2)]
    async with bot.working(slots=1):
        await bot.heard.until(lambda: all_are(bot, [*first, *second], JobState.DELIVERED))
    prompts = [call.prompt for call in bot.stand_in.calls]
    assert prompts.index("two 0") < prompts.index("one 3")
    assert len(set(prompts)) == 6


async def test_a_slot_is_free_while_results_are_delivered(bot):
    """A channel that hangs holds up its own deliveries, not the paid calls."""
    bot.poster.opens = asyncio.Event()
    ids = [(await bot.remix(user_id)).id for user_id in range(5)]
    async with bot.working(slots=1):
        await bot.heard.until(lambda: all_are(bot, ids, JobState.GENERATED))
        bot.poster.opens.set()
        await bot.heard.until(lambda: all_are(bot, ids, JobState.DELIVERED))


async def test_a_retry_after_holds_everybody_back(bot):
    bot.stand_in.dials.fail = [Fault.TOO_MANY_RETRY_AFTER]
    ids = [(await bot.remix(user_id)).id for user_id in range(3)]
    async with bot.working(slots=1):
        await bot.heard.until(lambda: one_was_tried(bot, ids))
        await let_others_go_first(bot)
        assert bot.calls == 1
    assert await states(bot, ids) == [JobState.QUEUED] * 3
    bot.clock.move(seconds=2)
    async with bot.working(slots=1):
        await bot.heard.until(lambda: all_are(bot, ids, JobState.DELIVERED))
    assert bot.calls == 4


async def test_a_limit_below_the_setting_holds_nobody_back_and_is_passed_once_for_each_slot_too_many(bot):
    bot.stand_in.dials.max_in_flight = 2
    bot.stand_in.dials.latency_s = 0.2
    ids = [(await bot.remix(user_id)).id for user_id in range(8)]
    async with bot.working(slots=4):
        await bot.heard.until(lambda: all_are(bot, ids, JobState.DELIVERED))
    assert bot.stand_in.peak_in_flight == 2
    assert (bot.paid_calls, bot.calls) == (8, 10)
    assert bot.clock() == START


async def test_a_job_that_was_refused_a_slot_goes_before_those_that_wait_for_their_first(bot):
    bot.stand_in.dials.latency_s = 0.2
    bot.stand_in.dials.fail = [Fault.OK, Fault.IN_FLIGHT]
    ids = [(await bot.remix(user_id)).id for user_id in range(5)]
    async with bot.working(slots=2):
        await bot.heard.until(lambda: all_are(bot, ids, JobState.DELIVERED))
    assert bot.calls == 6
    first, second, again, following = (await begun_in_order(bot))[:4]
    # Two slots were free at once, so either of the first two may have been the one that was refused.
    assert {first, second} == {ids[0], ids[1]}
    assert again in {first, second}
    assert following == ids[2]


async def begun_in_order(bot):
    """The jobs, by the order in which their paid calls began."""
    query = sa.select(job_events.c.job_id).where(job_events.c.to_state == JobState.GENERATING).order_by(job_events.c.id)
    return await bot.do(lambda connection: list(connection.scalars(query)))


async def one_was_tried(bot, ids):
    return any([(await bot.job(job_id)).attempts == 1 for job_id in ids]) and await all_are(bot, ids, JobState.QUEUED)


async def test_a_brake_holds_until_the_latest_time_it_was_pulled_for():
    clock = Clock()
    brake = Brake(clock)
    await brake.wait()
    brake.pull(START + timedelta(minutes=5))
    brake.pull(START + timedelta(minutes=1))
    clock.move(minutes=4)
    waiting = asyncio.create_task(brake.wait())
    for _ in range(5):
        await asyncio.sleep(0)
    assert not waiting.done()
    clock.move(minutes=1)
    await brake.wait()
    brake.disable()
    await waiting


async def test_at_a_stop_paid_calls_are_finished_and_delivered_and_nothing_new_is_begun(bot):
    bot.stand_in.dials.latency_s = 60.0
    ids = [(await bot.remix(user_id)).id for user_id in range(6)]
    async with bot.working(slots=2) as worker:
        await bot.stand_in.until_running(2)
        await let_others_go_first(bot)
        worker.stop()
        bot.stand_in.release()
    assert Counter(await states(bot, ids)) == {JobState.DELIVERED: 2, JobState.QUEUED: 4}
    assert (bot.calls, len(bot.poster.posted)) == (2, 2)


async def test_at_a_stop_more_results_than_are_posted_at_once_are_all_posted(bot):
    bot.stand_in.dials.latency_s = 60.0
    ids = [(await bot.remix(user_id)).id for user_id in range(10)]
    async with bot.working(slots=10) as worker:
        await bot.stand_in.until_running(10)
        await let_others_go_first(bot)
        worker.stop()
        bot.stand_in.release()
    assert await states(bot, ids) == [JobState.DELIVERED] * 10


async def test_a_stop_does_not_wait_for_a_post_that_may_work_later(bot):
    bot.poster.trouble = [PostFailedError("500 0")]
    job = await bot.remix()
    await bot.work(job.id)
    assert (await bot.job(job.id)).state is JobState.GENERATED


async def test_what_is_given_up_is_parked_at_the_next_start(bot):
    bot.stand_in.dials.latency_s = 60.0
    job = await bot.remix()
    async with bot.working() as worker:
        await bot.stand_in.until_running(1)
        worker.stop()
        worker.give_up()
    assert (await bot.job(job.id)).state is JobState.GENERATING
    assert await bot.money(job.id) == ("reserved", None)


async def test_something_that_nobody_planned_for_parks_what_may_be_paid_and_the_worker_goes_on(bot, monkeypatch):
    async def broken(_prepared):
        raise ZeroDivisionError

    first = await bot.remix(1)
    with monkeypatch.context() as patched:
        patched.setattr(bot.remixes.generate, "ask", broken)
        await bot.work(first.id)
    assert (await bot.job(first.id)).state is JobState.OUTCOME_UNKNOWN
    assert (await bot.events(first.id))[-1] == "outcome_unknown: error"
    assert await bot.money(first.id) == ("unresolved", None)
    second = await bot.remix(2)
    await bot.work(second.id)
    assert (await bot.job(second.id)).state is JobState.DELIVERED


async def test_a_delivery_that_nobody_planned_for_is_tried_ever_more_slowly(bot):
    bot.poster.trouble = [ZeroDivisionError() for _ in range(3)]
    job = await bot.remix()
    waits = []
    for attempts in (1, 2, 3):
        async with bot.working():
            await bot.heard.until(lambda attempts=attempts: was_tried(bot, job, attempts))
        waiting = await bot.job(job.id)
        assert waiting.state is JobState.GENERATED
        waits.append((waiting.due_at - bot.clock()).total_seconds())
        bot.clock.now = waiting.due_at
    assert waits == [1, 2, 4]


async def was_tried(bot, job, times):
    there = await bot.job(job.id)
    return there.attempts == times and there.lease is None


async def test_a_claim_that_nobody_planned_for_does_not_end_its_stage(bot):
    claims, worked = iter([ZeroDivisionError(), Claimed([await bot.remix()], None)]), asyncio.Event()

    async def claim(_limit):
        stage.wake()
        outcome = next(claims, Claimed([], None))
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def work(_job):
        worked.set()

    loops = []
    news = News(on_loop=[lambda name, well: loops.append((name, well))])
    stage = Stage("a stage", room=lambda: 1, claim=claim, work=work, clock=bot.clock, news=news)
    async with asyncio.TaskGroup() as group:
        group.create_task(stage.run())
        await worked.wait()
        stage.stop()
    assert loops[:2] == [("worker (a stage)", False), ("worker (a stage)", True)]


async def test_slots_are_taken_in_the_order_of_the_claims_not_in_that_in_which_sources_were_read(bot, monkeypatch):
    first_is_read = asyncio.Event()
    ids = [(await bot.remix(user_id, shade=user_id)).id for user_id in range(4)]
    prepare = bot.remixes.generate.prepare

    async def slowly(job):
        if job.id == ids[0]:
            await first_is_read.wait()
        prepared = await prepare(job)
        if job.id == ids[-1]:
            first_is_read.set()
        return prepared

    monkeypatch.setattr(type(bot.remixes.generate), "prepare", lambda _self, job: slowly(job))
    async with bot.working(slots=1):
        await bot.heard.until(lambda: all_are(bot, ids, JobState.DELIVERED))
    assert await begun_in_order(bot) == ids
