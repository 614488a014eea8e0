"""Each way in which a paid call or its links can turn out: where the job ends, what it cost, how often was asked."""

from datetime import timedelta

import pytest

from bot.demo.ideogram_stand_in import Fault
from bot.ideogram.wire import SourcePicture
from bot.rules import in_flight
from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.remix_request import LARGE_PICTURE_BYTES
from bot.rules.resolutions import Resolution
from bot.rules.retries import MAX_DELIVERY_TIME, MAX_GONE_TIME
from bot.use_cases.remixes.generate_image import PreparedJob
from tests.integration.made_bot import picture
from tests.integration.made_storage import START

NOT_TAKEN = {
    Fault.TOO_MANY_RETRY_AFTER: (2, "rate_limited"),
    Fault.FORBIDDEN_PAGE: (1, "turned_away"),
}
"""And for how many seconds it waits, and why."""
TOO_MANY_IN_FLIGHT = [Fault.TOO_MANY, Fault.TOO_MANY_BARE, Fault.IN_FLIGHT]
REFUSED = {
    Fault.REJECTED: (FailureKind.REQUEST_REJECTED, True),
    Fault.NOT_FOUND: (FailureKind.REQUEST_REJECTED, True),
    Fault.TOO_LARGE: (FailureKind.PICTURE_TOO_LARGE, True),
    Fault.PROMPT_UNSAFE: (FailureKind.PROMPT_UNSAFE, False),
    Fault.PICTURE_UNSAFE: (FailureKind.PICTURE_UNSAFE, False),
}
"""And whether the cooldown is given back."""
NOBODY_KNOWS = [
    Fault.RESET_BEFORE_READING,
    Fault.INTERNAL,
    Fault.BAD_GATEWAY,
    Fault.UNAVAILABLE,
    Fault.RESET,
    Fault.HTML,
    Fault.NO_DATA,
    Fault.EMPTY_DATA,
    Fault.TRUNCATED,
]
ALL_WITHHELD = [Fault.UNSAFE, Fault.NULL_LINK, Fault.EMPTY_LINK, Fault.MISSING_LINK]
GONE = [Fault.LINK_403, Fault.LINK_404]
TOO_LARGE = [Fault.LINK_ENDLESS, Fault.LINK_GIGABYTE, Fault.LINK_BOMB]
ELSEWHERE_LINKS = [Fault.LINK_REDIRECT, Fault.LINK_ELSEWHERE]
LATER = [*GONE, *TOO_LARGE, *ELSEWHERE_LINKS, Fault.LINK_500_ONCE, Fault.LINK_NOT_A_PICTURE]
MADE = [Fault.OK, Fault.EXTRA_FIELDS]
HELD = [Fault.KEY_REJECTED, Fault.FORBIDDEN, Fault.NO_FUNDS]
HANGS = [Fault.HANG, Fault.LINK_HANGS_ONCE]
ELSEWHERE = [Fault.SOME_UNSAFE, *HELD, *HANGS]
"""Have tests of their own."""


def test_every_fault_of_the_stand_in_has_its_place_here():
    lists = [NOT_TAKEN, TOO_MANY_IN_FLIGHT, REFUSED, NOBODY_KNOWS, ALL_WITHHELD, LATER, MADE, ELSEWHERE]
    assert sorted(fault for faults in lists for fault in faults) == sorted(Fault)


async def remixed(bot, fault):
    bot.stand_in.dials.fail = [fault]
    job = await bot.remix()
    await bot.work(job.id)
    return await bot.job(job.id)


@pytest.mark.parametrize("fault", MADE)
async def test_a_result_is_posted_and_paid(bot, fault):
    job = await remixed(bot, fault)
    assert job.state is JobState.DELIVERED
    assert await bot.money(job.id) == ("settled", 30_000)
    assert await bot.cooldown() == START
    assert await bot.events(job.id) == [
        "queued: accepted",
        "generating: slot",
        "generated: answered",
        "delivered: posted",
    ]
    assert [made.job_id for made in bot.poster.posted] == [job.id]
    assert (job.finished_at, job.posting_at, job.lease, job.due_at) == (START, START, None, None)


async def test_of_some_that_are_withheld_the_others_are_posted_and_all_are_paid(bot):
    job = await remixed(bot, Fault.SOME_UNSAFE)
    assert job.state is JobState.DELIVERED
    assert await bot.money(job.id) == ("settled", 60_000)
    (made,) = bot.poster.posted
    assert (len(made.pictures), made.delivery.withheld, made.delivery.lost) == (1, 1, 0)


@pytest.mark.parametrize("fault", NOT_TAKEN)
async def test_what_was_not_taken_waits_and_is_asked_again(bot, fault):
    job = await remixed(bot, fault)
    seconds, why = NOT_TAKEN[fault]
    due_at = START + timedelta(seconds=seconds)
    assert (job.state, job.attempts, job.due_at, job.generating_at) == (JobState.QUEUED, 1, due_at, None)
    assert await bot.money(job.id) == ("reserved", None)
    assert (bot.calls, bot.paid_calls) == (1, 0)
    assert await bot.hold() is None
    bot.clock.move(seconds=seconds)
    async with bot.working():
        await bot.heard.until(lambda: is_over(bot, job))
    assert (bot.calls, bot.paid_calls) == (2, 1)
    assert (await bot.events(job.id))[2:4] == [f"queued: {why}", "generating: slot"]


@pytest.mark.parametrize("fault", TOO_MANY_IN_FLIGHT)
async def test_a_call_that_finds_too_many_in_flight_is_made_again_as_soon_as_there_is_room(bot, fault, monkeypatch):
    monkeypatch.setattr(in_flight, "FIRST_WAIT_S", 0.01)
    bot.stand_in.dials.fail = [fault]
    job = await bot.remix()
    async with bot.working():
        await bot.heard.until(lambda: is_over(bot, job))
    assert (bot.calls, bot.paid_calls) == (2, 1)
    assert (await bot.events(job.id))[2:4] == ["queued: rate_limited", "generating: slot"]
    assert bot.clock() == START


async def is_over(bot, job):
    return (await bot.job(job.id)).finished_at is not None


@pytest.mark.parametrize("fault", REFUSED)
async def test_what_is_refused_is_over_and_costs_nothing(bot, fault):
    job = await remixed(bot, fault)
    kind, gives_back = REFUSED[fault]
    assert (job.state, job.failure_kind, job.finished_at) == (JobState.FAILED, kind, START)
    assert await bot.money(job.id) == ("released", None)
    assert (await bot.cooldown() is None) == gives_back
    assert (bot.calls, bot.paid_calls) == (1, 0)
    assert (await bot.events(job.id))[-1] == f"failed: {kind}"


@pytest.mark.parametrize("fault", NOBODY_KNOWS)
async def test_an_unknown_outcome_is_parked_and_never_repeated(bot, fault):
    job = await remixed(bot, fault)
    assert (job.state, job.due_at, job.failure_kind) == (JobState.OUTCOME_UNKNOWN, None, None)
    assert await bot.money(job.id) == ("unresolved", None)
    assert await bot.cooldown() is None
    await work_on_another(bot, days=10)
    await work_on_another(bot.restarted(), days=10)
    assert bot.calls == 3
    assert (await bot.job(job.id)).state is JobState.OUTCOME_UNKNOWN
    assert (await bot.events(job.id))[-1] == "outcome_unknown: outcome_unknown"


async def work_on_another(bot, days):
    bot.clock.move(days=days)
    await bot.work((await bot.remix(2)).id)


async def test_a_call_that_hangs_until_the_connection_breaks_is_parked(bot):
    bot.stand_in.dials.fail = [Fault.HANG]
    job = await bot.remix()
    async with bot.working():
        await bot.stand_in.until_running(1)
        bot.stand_in.release()
        await bot.heard.until(lambda: is_parked(bot, job))
    assert await bot.money(job.id) == ("unresolved", None)


async def is_parked(bot, job):
    return (await bot.job(job.id)).state is JobState.OUTCOME_UNKNOWN


@pytest.mark.parametrize("fault", ALL_WITHHELD)
async def test_where_all_is_withheld_it_is_paid_and_the_person_may_not_go_on_at_once(bot, fault):
    job = await remixed(bot, fault)
    assert (job.state, job.failure_kind) == (JobState.FAILED, FailureKind.ALL_WITHHELD)
    assert await bot.money(job.id) == ("settled", 30_000)
    assert await bot.cooldown() == START
    assert bot.poster.posted == []


@pytest.mark.parametrize("fault", LATER)
async def test_a_link_that_fails_is_fetched_again_and_nothing_is_bought_again(bot, fault):
    job = await remixed(bot, fault)
    assert (job.state, job.attempts) == (JobState.GENERATED, 1)
    assert job.due_at == START + timedelta(seconds=1)
    assert (await bot.results(job.id))[0].url is not None
    bot.stand_in.dials.fail = []
    bot.stand_in._results._kept = {name: made_whole(kept) for name, kept in bot.stand_in._results._kept.items()}
    bot.clock.move(seconds=1)
    async with bot.working():
        await bot.heard.until(lambda: is_over(bot, job))
    assert len(bot.poster.posted) == 1
    assert bot.calls == 1


def made_whole(kept):
    kept.fault = Fault.OK
    return kept


@pytest.mark.parametrize("fault", LATER)
async def test_a_link_that_never_answers_well_is_given_up_paid_and_the_person_may_go_on(bot, fault):
    """One that says "gone" after some minutes, any other after the day that it lives."""
    job = await remixed(bot, fault)
    bot.stand_in._results._kept = {name: made_bad(kept, fault) for name, kept in bot.stand_in._results._kept.items()}
    until = MAX_GONE_TIME if fault in GONE else MAX_DELIVERY_TIME
    bot.clock.now = START + until
    async with bot.working():
        await bot.heard.until(lambda: is_over(bot, job))
    failed = await bot.job(job.id)
    assert (failed.state, failed.failure_kind) == (JobState.FAILED, FailureKind.RESULT_LOST)
    assert await bot.money(job.id) == ("settled", 30_000)
    assert await bot.cooldown() is None
    assert [(result.url, result.lost) for result in await bot.results(job.id)] == [(None, True)]
    assert (bot.calls, bot.poster.posted) == (1, [])


@pytest.mark.parametrize("fault", LATER)
async def test_a_link_is_not_given_up_before_its_time(bot, fault):
    job = await remixed(bot, fault)
    bot.stand_in._results._kept = {name: made_bad(kept, fault) for name, kept in bot.stand_in._results._kept.items()}
    bot.clock.now = START + (MAX_GONE_TIME if fault in GONE else MAX_DELIVERY_TIME) - timedelta(seconds=1)
    async with bot.working():
        await bot.heard.until(lambda: was_tried_twice(bot, job))
    there = await bot.job(job.id)
    assert (there.state, there.failure_kind) == (JobState.GENERATED, None)
    assert [(result.url is None, result.lost) for result in await bot.results(job.id)] == [(False, False)]


async def was_tried_twice(bot, job):
    there = await bot.job(job.id)
    return there.lease is None and (there.attempts == 2 or there.state is not JobState.GENERATED)


def made_bad(kept, fault):
    """One that fails once fails again."""
    kept.fetches = 0
    kept.fault = fault
    return kept


@pytest.mark.parametrize(
    ("source", "options", "advises"),
    [
        (picture(), {"weight": 50, "resolution": Resolution(2496, 1664)}, FailureKind.WEIGHT_WITH_RESOLUTION),
        (picture() + bytes(LARGE_PICTURE_BYTES), {}, FailureKind.PICTURE_TOO_LARGE_PERHAPS),
        (picture(), {"weight": 50}, FailureKind.REQUEST_REJECTED),
    ],
    ids=["weight and resolution", "large", "neither"],
)
async def test_a_bare_400_advises_what_it_was_probably_about(bot, source, options, advises):
    bot.stand_in.dials.fail = [Fault.REJECTED]
    job = await bot.remix(**options)
    prepared = PreparedJob(job, SourcePicture(source, "image/png", "png"))
    failure = await bot.remixes.generate.ask(prepared)
    assert failure.kind is advises
