"""The operator's decision about a parked job: asked again, or written off, and what it costs."""

from datetime import timedelta

import pytest

from bot.demo.ideogram_stand_in import Fault
from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.parked_decisions import ParkedDecision
from bot.storage.remixes import retention
from bot.use_cases.operator.decide_parked import DecideParked, NotDecided
from tests.integration.made_bot import asker
from tests.integration.made_storage import START

OPERATOR = 900


@pytest.fixture
def decide(bot):
    return DecideParked(bot.core, queue_age=timedelta(hours=1))


async def parked(bot, user_id=1):
    bot.stand_in.dials.fail = [Fault.INTERNAL]
    job = await bot.remix(user_id)
    await bot.work(job.id)
    assert (await bot.job(job.id)).state is JobState.OUTCOME_UNKNOWN
    return job


async def delivered(bot, job):
    async def so():
        return (await bot.job(job.id)).state is JobState.DELIVERED

    async with bot.working():
        await bot.heard.until(so)


async def test_a_parked_job_is_listed_with_what_is_unresolved_since_when_and_why(bot, decide):
    job = await parked(bot)
    listed = await decide.parked(10)
    (entry,) = listed.shown
    assert (entry.job.id, entry.since, entry.cause, entry.unresolved_micros) == (
        job.id,
        START,
        "outcome_unknown",
        30_000,
    )
    assert listed.count == 1


async def test_asked_again_it_is_made_within_a_new_age_limit_and_both_calls_count(bot, decide):
    job = await parked(bot)
    bot.clock.move(days=3)
    assert await decide.run(job.id, ParkedDecision.RETRIED, OPERATOR) is None
    again = await bot.job(job.id)
    assert (again.state, again.queue_until) == (JobState.QUEUED, bot.clock() + timedelta(hours=1))
    assert await bot.money(job.id) == ("reserved", None)
    await delivered(bot, job)
    assert await bot.money(job.id) == ("settled", 60_000)
    assert (await bot.events(job.id))[3] == "queued: by the operator"


async def test_the_end_of_one_that_is_asked_again_is_told_though_its_reply_token_was_forgotten(bot, decide):
    job = await parked(bot)
    await bot.statuses.told(job.id)
    bot.clock.move(days=2)
    await decide.run(job.id, ParkedDecision.RETRIED, OPERATOR)
    await bot.do(retention.forget_reply_tokens, bot.clock())
    assert (await bot.job(job.id)).reply_token == ""
    bot.stand_in.dials.fail = [Fault.REJECTED]
    await bot.work(job.id)
    assert await bot.statuses.untold() == [job.id]


@pytest.mark.parametrize(
    ("decision", "money"),
    [
        (ParkedDecision.WRITTEN_OFF, ("settled", 30_000)),
        (ParkedDecision.WRITTEN_OFF_UNCHARGED, ("released", None)),
    ],
)
async def test_written_off_it_is_over_and_costs_what_the_operator_says(bot, decide, decision, money):
    job = await parked(bot)
    assert await decide.run(job.id, decision, OPERATOR) is None
    over = await bot.job(job.id)
    assert (over.state, over.failure_kind) == (JobState.FAILED, FailureKind.OUTCOME_WRITTEN_OFF)
    assert await bot.money(job.id) == money
    assert (await decide.parked(10)).count == 0


async def test_one_that_was_asked_again_and_parked_again_holds_two_calls(bot, decide):
    job = await parked(bot)
    await decide.run(job.id, ParkedDecision.RETRIED, OPERATOR)
    bot.stand_in.dials.fail = [Fault.INTERNAL]
    await bot.work(job.id)
    (entry,) = (await decide.parked(10)).shown
    assert entry.unresolved_micros == 60_000
    await decide.run(job.id, ParkedDecision.WRITTEN_OFF_UNCHARGED, OPERATOR)
    assert await bot.money(job.id) == ("released", None)


async def test_a_decision_is_on_record_until_its_author_was_told(bot, decide):
    job = await parked(bot)
    await decide.run(job.id, ParkedDecision.WRITTEN_OFF, OPERATOR)
    (untold,) = await decide.untold()
    assert (untold.job.id, untold.decided.decision) == (job.id, ParkedDecision.WRITTEN_OFF)
    await decide.told(untold.decided)
    assert await decide.untold() == []


@pytest.mark.parametrize("decision", ParkedDecision)
async def test_what_is_not_parked_is_not_touched(bot, decide, decision):
    job = await bot.remix()
    assert await decide.run(job.id, decision, OPERATOR) is NotDecided.NOT_PARKED
    assert await decide.run(99, decision, OPERATOR) is NotDecided.NOT_PARKED
    assert (await bot.job(job.id)).state is JobState.QUEUED
    assert await bot.money(job.id) == ("reserved", None)


async def test_an_again_whose_author_has_pressed_again_anew_is_not_asked_twice(bot, decide):
    first = await bot.remix()
    await bot.work(first.id)
    bot.stand_in.dials.fail = [Fault.INTERNAL]
    again = (await bot.submit.submit_again(asker(1), first.id)).job
    await bot.work(again.id)
    anew = (await bot.submit.submit_again(asker(1), first.id)).job
    assert await decide.run(again.id, ParkedDecision.RETRIED, OPERATOR) is NotDecided.ASKED_ANEW
    assert (await bot.job(again.id)).state is JobState.OUTCOME_UNKNOWN
    await bot.work(anew.id)
    assert await decide.run(again.id, ParkedDecision.RETRIED, OPERATOR) is None
