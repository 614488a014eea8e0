"""Generations that are collected later, by both APIs that have ids: each way in which they can turn out."""

import asyncio
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.demo.ideogram_stand_in import Fault, GenerationFault, PollFault
from bot.ideogram.wire import RemixResponse, ResponseImage
from bot.ideogram.wire_generations import GenerationFailed
from bot.rules.failures import (
    FREE_UNEXPLAINED_FAILURES,
    UNEXPLAINED_WINDOW,
    FailureKind,
    ProviderProblem,
)
from bot.rules.generations import IdeogramApi
from bot.rules.job_states import JobState
from bot.rules.polling import MAX_NOT_FOUND, MAX_PENDING, MAX_UNREACHABLE
from bot.rules.unknown_outcomes import OnUnknownOutcome
from bot.use_cases.operator.audit_ledger import audit
from tests.integration.made_storage import START

POLLED_AGAIN = [
    PollFault.INTERNAL,
    PollFault.UNAVAILABLE,
    PollFault.RESET,
    PollFault.HTML,
    PollFault.TRUNCATED,
    PollFault.OTHER_ID,
    PollFault.NO_STATUS,
    PollFault.UNKNOWN_STATUS,
    PollFault.NOT_FOUND,
    PollFault.FORBIDDEN,
]
HELD = {PollFault.KEY_REJECTED: ProviderProblem.KEY_REJECTED, PollFault.NO_FUNDS: ProviderProblem.OUT_OF_CREDIT}
ELSEWHERE = [PollFault.OK, PollFault.TOO_MANY_RETRY_AFTER]
"""Have tests of their own."""
LOST_IDS = [
    Fault.RESET_BEFORE_READING,
    Fault.RESET,
    Fault.INTERNAL,
    Fault.BAD_GATEWAY,
    Fault.UNAVAILABLE,
    Fault.HTML,
    Fault.NO_DATA,
    Fault.EMPTY_DATA,
    Fault.TRUNCATED,
]
FAILED = [GenerationFault.FAILED_BY_POLICY, GenerationFault.FAILED, GenerationFault.FAILED_SILENTLY]
REFUSED = {
    Fault.REJECTED: FailureKind.REQUEST_REJECTED,
    Fault.PROMPT_UNSAFE: FailureKind.PROMPT_UNSAFE,
    Fault.PICTURE_UNSAFE: FailureKind.PICTURE_UNSAFE,
}
ENDED_BADLY = {
    (IdeogramApi.V2, GenerationFault.FAILED_BY_POLICY): (FailureKind.SAFETY_REFUSED, False),
    (IdeogramApi.V2, GenerationFault.FAILED): (FailureKind.GENERATION_FAILED, True),
    (IdeogramApi.V2, GenerationFault.FAILED_SILENTLY): (FailureKind.GENERATION_FAILED, True),
    **{(IdeogramApi.V1_ASYNC, fault): (FailureKind.GENERATION_FAILED, True) for fault in FAILED},
}
"""And whether the cooldown is given back. v1-async names no reason, not even a policy."""


@pytest.fixture(params=[IdeogramApi.V1_ASYNC, IdeogramApi.V2], ids=str)
def api(request):
    return request.param


def test_every_fault_of_a_poll_has_its_place_here():
    assert sorted([*POLLED_AGAIN, *HELD, *ELSEWHERE]) == sorted(PollFault)


async def made(bot):
    job = await bot.remix()
    await bot.work(job.id)
    return await bot.job(job.id)


async def is_over(bot, job):
    return (await bot.job(job.id)).finished_at is not None


async def is_parked(bot, job):
    return (await bot.job(job.id)).state is JobState.OUTCOME_UNKNOWN


async def test_it_is_submitted_collected_and_posted_and_its_id_is_let_go_of(bot, api):
    job = await made(bot)
    assert (job.state, job.generation) == (JobState.DELIVERED, None)
    assert await bot.events(job.id) == [
        "queued: accepted",
        "generating: slot",
        "generating: submitted",
        "generated: answered",
        "delivered: posted",
    ]
    assert await bot.money(job.id) == ("settled", 30_000)
    (call,) = bot.stand_in.calls
    assert (call.api, call.billed, len(bot.poster.posted)) == (api, True, 1)


async def test_the_id_is_on_record_before_anything_is_polled(bot, api):
    bot.stand_in.dials.generations = [GenerationFault.PENDING]
    job = await bot.remix()
    async with bot.working() as worker:
        await bot.stand_in.until_polled(1)
        there = await bot.job(job.id)
        worker.give_up()
    assert there.generation.id == bot.stand_in.calls[0].generation_id == bot.stand_in.polls[0].generation_id
    assert (there.state, there.generation.api, there.submitted_at) == (JobState.GENERATING, api, START)


async def test_a_pending_one_is_polled_until_it_is_done(bot):
    bot.stand_in.dials.latency_s = 60.0
    job = await bot.remix()
    async with bot.working():
        await bot.stand_in.until_polled(3)
        bot.stand_in.release()
        await bot.heard.until(lambda: is_over(bot, job))
    assert (bot.calls, len(bot.poster.posted)) == (1, 1)


@pytest.mark.parametrize("fault", POLLED_AGAIN)
async def test_a_poll_that_fails_is_repeated_and_nothing_is_bought_again(bot, fault):
    bot.stand_in.dials.polls = [fault, fault]
    job = await made(bot)
    assert (job.state, bot.calls, len(bot.stand_in.polls)) == (JobState.DELIVERED, 1, 3)
    assert await bot.money(job.id) == ("settled", 30_000)
    assert await bot.hold() is None


@pytest.mark.parametrize("fault", HELD)
async def test_a_rejected_key_or_an_empty_balance_holds_the_queue_and_loses_nothing(bot, fault):
    bot.stand_in.dials.always_poll = fault
    ids = [(await bot.remix(user_id)).id for user_id in (1, 2)]

    async def one_is_over():
        return any([(await bot.job(job_id)).finished_at is not None for job_id in ids])

    async with bot.working(slots=1):
        await bot.stand_in.until_polled(2)
        hold = await bot.hold()
        bot.stand_in.dials.always_poll = None
        await bot.heard.until(one_is_over)
    assert hold.problem is HELD[fault]
    if fault is PollFault.NO_FUNDS:
        # What was collected says that the key is good, and nothing of the balance.
        assert (await bot.hold()).problem is ProviderProblem.OUT_OF_CREDIT
        assert bot.calls == 1
        bot.clock.move(minutes=5)
    else:
        assert await bot.hold() is None
    await bot.work(*ids)
    assert [(await bot.job(job_id)).state for job_id in ids] == [JobState.DELIVERED] * 2
    assert (await bot.hold(), bot.calls) == (None, 2)


async def test_a_polling_limit_holds_every_poll_back_and_no_submit(bot):
    bot.stand_in.dials.polls = [PollFault.TOO_MANY_RETRY_AFTER]
    bot.stand_in.dials.latency_s = 60.0
    first = await bot.remix(1)
    async with bot.working() as worker:
        await bot.stand_in.until_polled(1)
        second = await bot.remix(2)
        while (await bot.job(second.id)).generation is None:
            pass
        polled = len(bot.stand_in.polls)
        worker.give_up()
    assert polled == 1
    bot.stand_in.release()
    again = bot.restarted()
    await again.work(first.id, second.id)
    assert (bot.calls, len(again.poster.posted)) == (2, 2)


@pytest.mark.parametrize("fault", FAILED)
async def test_one_that_fails_there_is_over_and_costs_nothing(bot, api, fault):
    bot.stand_in.dials.generations = [fault]
    job = await made(bot)
    kind, gives_back = ENDED_BADLY[api, fault]
    assert (job.state, job.failure_kind, job.generation) == (JobState.FAILED, kind, None)
    assert await bot.money(job.id) == ("released", None)
    assert (await bot.cooldown() is None) == gives_back
    assert (bot.calls, bot.poster.posted) == (1, [])


async def fail_for(bot, user_id, fault=GenerationFault.FAILED_SILENTLY):
    bot.stand_in.dials.generations = [fault]
    job = await bot.remix(user_id)
    await bot.work(job.id)
    return (await bot.job(job.id)).failure_kind


FREE, COUNTED = FailureKind.GENERATION_FAILED, FailureKind.GENERATION_FAILED_OFTEN


async def test_failures_without_a_reason_are_no_endless_free_retries_and_a_restart_does_not_forget_them(bot):
    assert [await fail_for(bot, 1) for _ in range(FREE_UNEXPLAINED_FAILURES)] == [FREE] * FREE_UNEXPLAINED_FAILURES
    assert await bot.cooldown(1) is None
    again = bot.restarted()
    assert await fail_for(again, 1) is COUNTED
    assert await bot.cooldown(1) == START
    assert await fail_for(again, 2) is FREE
    bot.clock.move(seconds=UNEXPLAINED_WINDOW.total_seconds())
    assert await fail_for(again, 1) is FREE


@pytest.mark.parametrize("api", [IdeogramApi.V2], ids=str)
async def test_failures_with_a_reason_of_their_own_stay_free_however_many(bot):
    kinds = {await fail_for(bot, 1, GenerationFault.FAILED) for _ in range(FREE_UNEXPLAINED_FAILURES + 2)}
    assert kinds == {FREE}


IMAGE = ResponseImage(safe=False)


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (GenerationFailed(FailureKind.GENERATION_FAILED, 12_345), FailureKind.GENERATION_FAILED),
        (GenerationFailed(FailureKind.ALL_WITHHELD, 12_345), FailureKind.ALL_WITHHELD),
        (RemixResponse((IMAGE, IMAGE), 12_345), FailureKind.ALL_WITHHELD),
    ],
    ids=["failed", "refused by policy", "withheld"],
)
async def test_a_cost_that_the_provider_tells_is_settled_and_the_audit_knows_it(bot, monkeypatch, outcome, kind):
    async def tells(_generation):
        return outcome

    monkeypatch.setattr(bot.ideogram, "poll", tells)
    job = await made(bot)
    assert (job.state, job.failure_kind) == (JobState.FAILED, kind)
    assert await bot.money(job.id) == ("settled", 12_345)
    assert list((await bot.do(audit)).violations) == []
    await bot.do(forget_that_it_was_told)
    assert list((await bot.do(audit)).violations) != []


def forget_that_it_was_told(connection):
    connection.exec_driver_sql("DELETE FROM job_events WHERE cause = 'the provider told what it cost'")


async def test_where_all_is_withheld_it_is_paid(bot):
    bot.stand_in.dials.fail = [Fault.UNSAFE]
    job = await made(bot)
    assert (job.state, job.failure_kind) == (JobState.FAILED, FailureKind.ALL_WITHHELD)
    assert await bot.money(job.id) == ("settled", 30_000)


@pytest.mark.parametrize("fault", LOST_IDS)
async def test_an_id_that_was_lost_parks_the_job_and_nothing_is_bought_again(bot, fault):
    bot.stand_in.dials.fail = [fault]
    job = await made(bot)
    assert (job.state, job.generation) == (JobState.OUTCOME_UNKNOWN, None)
    assert await bot.money(job.id) == ("unresolved", None)
    await bot.work((await bot.remix(2)).id)
    assert bot.calls == 2


@pytest.mark.parametrize("fault", REFUSED)
async def test_a_refused_submit_is_over_and_costs_nothing(bot, fault):
    bot.stand_in.dials.fail = [fault]
    job = await made(bot)
    assert (job.state, job.failure_kind) == (JobState.FAILED, REFUSED[fault])
    assert await bot.money(job.id) == ("released", None)
    assert bot.stand_in.polls == []


@pytest.mark.parametrize(
    ("never", "patience"),
    [
        ({"generations": [GenerationFault.PENDING]}, MAX_PENDING),
        ({"always_poll": PollFault.NOT_FOUND}, MAX_NOT_FOUND),
        ({"always_poll": PollFault.INTERNAL}, MAX_UNREACHABLE),
    ],
    ids=["pending", "404", "500"],
)
@pytest.mark.parametrize("choice", OnUnknownOutcome)
async def test_what_is_never_collected_is_parked_with_its_id_whatever_is_set(bot, api, never, patience, choice):
    bot.use_rules(replace(bot.rules, on_unknown_outcome=choice))
    bot.stand_in.dials.turn(deepcopy(never))
    job = await bot.remix()
    async with bot.working():
        await bot.stand_in.until_polled(2)
        bot.clock.move(seconds=patience.total_seconds())
        await bot.heard.until(lambda: is_parked(bot, job))
    parked = await bot.job(job.id)
    assert (parked.generation.api, parked.generation.id) == (api, bot.stand_in.calls[0].generation_id)
    assert (await bot.events(job.id))[-1].startswith("outcome_unknown: not collected")
    assert await bot.money(job.id) == ("unresolved", None)
    assert bot.calls == 1


async def test_submits_go_one_at_a_time_and_generations_fill_all_slots(bot):
    bot.stand_in.dials.latency_s = 60.0
    bot.stand_in.dials.fail = [Fault.HANG]
    ids = [(await bot.remix(user_id)).id for user_id in range(6)]
    async with bot.working(slots=4):
        await bot.stand_in.until_running(1)
        for _ in range(50):
            await bot.hold()
            await asyncio.sleep(0)
        assert [(await bot.job(job_id)).state for job_id in ids].count(JobState.GENERATING) == 1
        bot.stand_in.release()
        await bot.stand_in.until_running(4)
        assert (bot.stand_in.in_flight, bot.calls) == (4, 5)
        while bot.stand_in.calls[-1].generation_id == "" or len(bot.stand_in.calls) < 6:
            bot.stand_in.release()
            await asyncio.sleep(0)
        bot.stand_in.release()
        await bot.heard.until(lambda: all_over_but_one(bot, ids))
    assert bot.stand_in.peak_in_flight == 4


async def all_over_but_one(bot, ids):
    bot.stand_in.release()
    states = [(await bot.job(job_id)).state for job_id in ids]
    return states.count(JobState.DELIVERED) == 5


async def test_an_error_that_nobody_planned_for_loses_no_generation(bot, monkeypatch):
    async def broken(_generation):
        raise ZeroDivisionError

    job = await bot.remix()
    with monkeypatch.context() as patched:
        patched.setattr(bot.ideogram, "poll", broken)
        async with bot.working():
            await bot.heard.until(lambda: was_let_go(bot, job))
    there = await bot.job(job.id)
    assert (there.state, there.due_at) == (JobState.GENERATING, START + timedelta(seconds=30))
    bot.clock.move(seconds=30)
    async with bot.working():
        await bot.heard.until(lambda: is_over(bot, job))
    assert ((await bot.job(job.id)).state, bot.calls) == (JobState.DELIVERED, 1)


async def was_let_go(bot, job):
    return (await bot.job(job.id)).due_at == START + timedelta(seconds=30)
