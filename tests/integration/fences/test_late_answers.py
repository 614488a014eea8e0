"""The answer of a call that somebody has given up: booked once, shown if there is nothing else to show, posted once."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.ideogram.wire_generations import GenerationFailed
from bot.rules.failures import FailureKind, ProviderFailure, ProviderProblem
from bot.rules.generations import Generation, IdeogramApi
from bot.rules.job_states import JobState
from bot.rules.parked_decisions import ParkedDecision
from bot.storage.engine.tables.remixes import reservations
from bot.storage.remixes import claims
from bot.storage.remixes.spending import COUNTED
from bot.use_cases.operator.audit_ledger import audit
from bot.use_cases.operator.decide_parked import decide_parked
from bot.use_cases.remixes.recover_jobs import recover_jobs
from bot.use_cases.remixes.submit_remix import Accepted
from tests.integration.made_bot import asker, click_again

PRICE = 30_000
REFUSED = ProviderFailure(ProviderProblem.REFUSED, FailureKind.PROMPT_UNSAFE)
BUSY = ProviderFailure(ProviderProblem.RATE_LIMITED, retry_after=5.0)
UNHEARD = ProviderFailure(ProviderProblem.OUTCOME_UNKNOWN)


async def begun(bot):
    (held,) = await bot.do(claims.claim_queued, bot.lease, 1, bot.clock.move(minutes=2))
    return await bot.remixes.generate.begin(held)


async def given_up(bot):
    """Another process has parked the job meanwhile. Returns that one, the job as its call had it, and the answer."""
    await bot.remix()
    job = await begun(bot)
    answer = await bot.remixes.generate.ask(await bot.remixes.generate.prepare(job))
    other = bot.restarted()
    await recover_jobs(other.core, other.rules)
    assert (await bot.job(job.id)).state is JobState.OUTCOME_UNKNOWN
    return other, job, answer


async def decided(bot, job, decision):
    assert await decide_parked(bot.core, job.id, decision, by=99, queue_age=bot.rules.queue_age) is None


async def asked_again(bot):
    other, job, answer = await given_up(bot)
    await decided(other, job, ParkedDecision.RETRIED)
    return other, job, answer


async def called_again(bot):
    """The other process has called for the same job. Its call and its answer too."""
    other, job, answer = await asked_again(bot)
    second = await begun(other)
    assert (second.id, second.calls) == (job.id, 2)
    return (
        other,
        (job, answer),
        (second, await other.remixes.generate.ask(await other.remixes.generate.prepare(second))),
    )


def counted(connection, job_id):
    return connection.scalar(sa.select(COUNTED).where(reservations.c.job_id == job_id))


async def assert_sound(bot, job, *, state, counts):
    """The audit is clean, and so much counts for the job."""
    assert (await bot.do(audit)).violations == []
    assert ((await bot.job(job.id)).state, await bot.do(counted, job.id)) == (state, counts)


async def test_the_late_answer_of_the_parked_call_is_its_answer_and_is_posted(bot):
    other, job, answer = await given_up(bot)
    await bot.remixes.generate.record_answer(job, answer)
    await assert_sound(bot, job, state=JobState.GENERATED, counts=PRICE)
    await other.work(job.id)
    await assert_sound(bot, job, state=JobState.DELIVERED, counts=PRICE)
    assert (bot.calls, len(other.poster.posted)) == (1, 1)


async def test_one_that_waits_to_be_asked_again_takes_the_late_answer_and_is_not_bought_twice(bot):
    other, job, answer = await asked_again(bot)
    assert await bot.do(counted, job.id) == 2 * PRICE
    await bot.remixes.generate.record_answer(job, answer)
    await other.work(job.id)
    await assert_sound(bot, job, state=JobState.DELIVERED, counts=PRICE)
    assert (bot.calls, len(other.poster.posted)) == (1, 1)


async def test_one_that_is_claimed_to_be_asked_again_is_not_bought_twice_either(bot):
    other, job, answer = await asked_again(bot)
    (held,) = await other.do(claims.claim_queued, other.lease, 1, other.clock.move(minutes=2))
    await bot.remixes.generate.record_answer(job, answer)
    assert await other.remixes.generate.begin(held) is None
    await assert_sound(bot, job, state=JobState.GENERATED, counts=PRICE)


@pytest.mark.parametrize("late_first", [True, False])
async def test_two_calls_that_are_both_answered_are_both_paid_and_one_is_posted(bot, late_first):
    other, first, second = await called_again(bot)
    calls = [(bot, *first), (other, *second)]
    for who, job, answer in calls if late_first else reversed(calls):
        await who.remixes.generate.record_answer(job, answer)
    await assert_sound(bot, first[0], state=JobState.GENERATED, counts=2 * PRICE)
    assert len(await bot.results(first[0].id)) == 1
    await other.work(first[0].id)
    await assert_sound(bot, first[0], state=JobState.DELIVERED, counts=2 * PRICE)
    assert (bot.calls, len(other.poster.posted)) == (2, 1)


@pytest.mark.parametrize(("failure", "counts"), [(BUSY, PRICE), (REFUSED, PRICE), (UNHEARD, 2 * PRICE)])
async def test_the_failure_of_the_second_call_does_not_take_the_picture_of_the_first(bot, failure, counts):
    other, (job, answer), (second, _) = await called_again(bot)
    await bot.remixes.generate.record_answer(job, answer)
    await other.remixes.generate.record_failure(second, failure)
    await assert_sound(bot, job, state=JobState.GENERATED, counts=counts)


async def test_a_late_answer_is_not_taken_for_that_of_the_call_in_progress(bot):
    """Two paid, and the second one lost for good: both count, and the author has the picture of the first."""
    other, (job, answer), _ = await called_again(bot)
    await bot.remixes.generate.record_answer(job, answer)
    third = other.restarted()
    await recover_jobs(third.core, third.rules)
    await third.work(job.id)
    await assert_sound(bot, job, state=JobState.DELIVERED, counts=2 * PRICE)


@pytest.mark.parametrize(
    ("failure", "state", "counts"),
    [(REFUSED, JobState.FAILED, 0), (BUSY, JobState.QUEUED, PRICE), (UNHEARD, JobState.OUTCOME_UNKNOWN, PRICE)],
)
async def test_a_late_failure_says_that_the_parked_call_cost_nothing(bot, failure, state, counts):
    _, job, _ = await given_up(bot)
    await bot.remixes.generate.record_failure(job, failure)
    await assert_sound(bot, job, state=state, counts=counts)


async def test_one_that_is_being_made_again_already_stays_parked_if_it_was_not_made(bot):
    first = await bot.remix()
    await bot.work(first.id)
    assert isinstance(await bot.submit.submit_from(asker(1), click_again(first.id)), Accepted)
    job = await begun(bot)
    other = bot.restarted()
    await recover_jobs(other.core, other.rules)
    assert isinstance(await other.submit.submit_from(asker(1), click_again(first.id)), Accepted)
    await bot.remixes.generate.record_failure(job, BUSY)
    await assert_sound(bot, job, state=JobState.OUTCOME_UNKNOWN, counts=PRICE)
    assert (await bot.events(job.id))[-1] == "outcome_unknown: late answer of call 1"


async def test_a_late_failure_of_an_earlier_call_gives_its_money_back_and_leaves_the_second_alone(bot):
    other, (job, _), (second, answer) = await called_again(bot)
    await bot.remixes.generate.record_failure(job, REFUSED)
    await assert_sound(bot, job, state=JobState.GENERATING, counts=PRICE)
    await other.remixes.generate.record_answer(second, answer)
    await assert_sound(bot, job, state=JobState.GENERATED, counts=PRICE)


@pytest.mark.parametrize("decision", [ParkedDecision.WRITTEN_OFF, ParkedDecision.WRITTEN_OFF_UNCHARGED])
async def test_what_the_operator_has_written_off_stays_over_and_its_cost_is_booked(bot, decision):
    other, job, answer = await given_up(bot)
    await decided(other, job, decision)
    await bot.remixes.generate.record_answer(job, answer)
    await assert_sound(bot, job, state=JobState.FAILED, counts=PRICE)


async def test_what_the_operator_counted_as_spent_is_given_back_if_it_was_refused(bot):
    other, job, _ = await given_up(bot)
    await decided(other, job, ParkedDecision.WRITTEN_OFF)
    await bot.remixes.generate.record_failure(job, REFUSED)
    await assert_sound(bot, job, state=JobState.FAILED, counts=0)


async def test_a_late_answer_is_booked_once_however_often_it_comes(bot):
    _, (job, answer), _ = await called_again(bot)
    for _ in range(3):
        await bot.remixes.generate.record_answer(job, replace(answer, cost_micros=PRICE + 5))
        await bot.remixes.generate.record_failure(job, REFUSED)
    await assert_sound(bot, job, state=JobState.GENERATED, counts=2 * PRICE + 5)
    assert (await bot.events(job.id)).count("generating: late answer of call 1") == 1


async def test_an_id_that_comes_late_is_kept_for_the_operator_and_polled(bot):
    other, job, answer = await given_up(bot)
    generation = Generation(IdeogramApi.V2, "abc")
    submitted = await bot.remixes.generate.record_submitted(job, generation)
    assert submitted.generation == (await bot.job(job.id)).generation == generation
    await bot.remixes.generate.record_answer(submitted, answer)
    await assert_sound(other, job, state=JobState.GENERATED, counts=PRICE)


async def test_a_generation_that_another_process_polls_is_recorded_by_that_one_alone(bot):
    await bot.remix()
    job = await begun(bot)
    submitted = await bot.remixes.generate.record_submitted(job, Generation(IdeogramApi.V2, "abc"))
    other = bot.restarted()
    await recover_jobs(other.core, other.rules)
    (adopted,) = await other.do(claims.claim_submitted, other.lease, 1, other.clock())
    failed = GenerationFailed(FailureKind.SAFETY_REFUSED, explained=True)
    await bot.do(bot.remixes.poll._record_failed, submitted, failed)
    await bot.do(bot.remixes.poll._record_lost, submitted, "not collected: pending")
    await assert_sound(bot, job, state=JobState.GENERATING, counts=PRICE)
    await other.do(other.remixes.poll._record_failed, adopted, failed)
    await assert_sound(bot, job, state=JobState.FAILED, counts=0)


async def test_a_delivery_that_another_process_has_taken_over_is_finished_by_that_one(bot):
    await bot.remix()
    job = await begun(bot)
    await bot.remixes.generate.record_answer(
        job, await bot.remixes.generate.ask(await bot.remixes.generate.prepare(job))
    )
    (first,) = await bot.do(claims.claim_generated, bot.lease, 1, bot.clock())
    other = bot.restarted()
    await recover_jobs(other.core, other.rules)
    (second,) = await other.do(claims.claim_generated, other.lease, 1, other.clock())
    await bot.remixes.deliver.later(first, "500 0")
    await bot.hand_over.record_handed_over(first)
    assert await bot.job(job.id) == second
    await other.remixes.deliver.run(second)
    await bot.hand_over.record_handed_over(first)
    await assert_sound(bot, job, state=JobState.DELIVERED, counts=PRICE)
    assert len(other.poster.posted) == 1
