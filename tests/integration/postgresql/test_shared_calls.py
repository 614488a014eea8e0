"""Several processes on one PostgreSQL never have more paid calls at once than Ideogram's limit, whatever happens."""

import asyncio
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, closing
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest
import sqlalchemy as sa

from bot.demo.ideogram_stand_in import Fault, PollFault
from bot.demo.ideogram_stand_in.answers import RETRY_AFTER_S
from bot.ideogram.wire import RemixResponse, ResponseImage
from bot.rules import shared_limit
from bot.rules.failures import ProviderFailure, ProviderProblem
from bot.rules.generations import IdeogramApi
from bot.rules.job_states import JobState
from bot.rules.prices import Speed
from bot.rules.remix_request import RemixRequest
from bot.rules.shared_limit import ASK_AGAIN_S
from bot.storage.engine.database import Database
from bot.storage.engine.databases.process import OnlyProcess
from bot.storage.engine.tables.processes import brakes, lost_calls, processes
from bot.storage.processes import call_slots
from bot.storage.processes.brakes import Brake, pull
from bot.storage.remixes import claims, jobs
from bot.use_cases.core import Counted
from bot.use_cases.remixes.unknown_outcomes import record_unknown_outcome
from bot.use_cases.shared_calls import NoSlot
from tests.integration.made_bot import RULES, Bot
from tests.integration.made_storage import START, add_job


class Member(OnlyProcess):
    """One of `workers`, until the others have given it up."""

    def __init__(self, workers=2):
        self.workers = self.count = workers
        self.is_in = self.may_act = True

    def is_member(self, _connection):
        return self.is_in


class House:
    """Starts of the bot on one database, each with connections of its own."""

    def __init__(self, url, blobs, ideogram, stand_in, clock, stack):
        self.url, self.parts, self.clock, self.stack = url, (blobs, ideogram, stand_in), clock, stack
        self.stand_in, self.bots = stand_in, []

    def start(self, lease, *, slots=4, workers=2):
        database = self.stack.enter_context(closing(Database(self.url)))
        bot = Bot(database, *self.parts, self.clock, lease=lease, process=Member(workers))
        bot.use_rules(replace(RULES, slots=slots))
        row = {"lease": lease, "role": "all", "joined_at": START, "beat_at": START}
        database.transaction_now(lambda c: c.execute(sa.insert(processes).values(row)))
        for other in self.bots:
            other.core.news.on_job.append(bot.heard.job_changed)
            bot.core.news.on_job.append(other.heard.job_changed)
        self.bots.append(bot)
        return bot


@pytest.fixture
async def house(url, blobs, ideogram, stand_in, clock):
    async with AsyncExitStack() as stack:
        yield House(url, blobs, ideogram, stand_in, clock, stack)


async def delivered(bot, ids):
    async def all_are():
        return all([(await bot.job(job_id)).state is JobState.DELIVERED for job_id in ids])

    await bot.heard.until(all_are)


async def test_two_processes_keep_one_limit_and_both_make_remixes(house):
    house.stand_in.dials.latency_s = 60.0
    bots, asked = [house.start(lease) for lease in ("one", "two")], Counter()
    for bot in bots:
        bot.core.news.on_count.append(lambda counted, _kind, lease=bot.lease: asked.update([(lease, counted)]))
    ids = [(await bots[0].remix(number)).id for number in range(24)]
    async with bots[0].working(slots=4), bots[1].working(slots=4):
        await house.stand_in.until_running(4)
        await let_it_go_on(bots[0])
        house.stand_in.dials.latency_s = 0.05
        house.stand_in.release()
        await delivered(bots[0], ids)
    assert house.stand_in.peak_in_flight == 4
    assert (bots[0].calls, bots[0].paid_calls) == (24, 24)
    assert all(asked[bot.lease, Counted.PROVIDER_CALL] >= 3 for bot in bots)


async def test_a_slot_that_one_process_lets_go_another_takes_at_once(house, monkeypatch):
    """By itself it would ask again after a second, while the slot is free."""
    monkeypatch.setattr(shared_limit, "ASK_AGAIN_S", 3_600.0)
    one, two = (house.start(lease, slots=1) for lease in ("one", "two"))
    for bot in (one, two):
        bot.core.news.on_job = [bot.heard.job_changed]
    house.stand_in.dials.latency_s = 60.0
    await one.remix(1)
    async with one.working(slots=1):
        await house.stand_in.until_running(1)
        second = await two.remix(2)
        async with two.working(slots=1) as waiting:
            while two.remixes.shared.in_flight == 0:
                await let_it_go_on(two)
            one.core.news.on_slot.append(waiting.look_for_slots)
            house.stand_in.dials.latency_s = 0.0
            house.stand_in.release()
            await delivered(two, [second.id])


async def test_a_limit_that_ideogram_names_to_one_counts_for_all(house):
    house.stand_in.dials.latency_s, house.stand_in.dials.max_in_flight = 60.0, 2
    bots = [house.start(lease) for lease in ("one", "two")]
    ids = [(await bots[0].remix(number)).id for number in range(8)]
    async with bots[0].working(slots=4), bots[1].working(slots=4):
        await house.stand_in.until_running(2)
        for bot in (*bots, *bots):
            await let_it_go_on(bot)
        # Each slot too many is refused once, whoever tried it.
        assert bots[0].calls <= 4
        house.stand_in.dials.latency_s = 0.05
        house.stand_in.release()
        await delivered(bots[0], ids)
    assert (house.stand_in.peak_in_flight, bots[0].paid_calls) == (2, 8)


async def test_a_wait_that_ideogram_asks_one_for_holds_the_others_back(house):
    house.stand_in.dials.fail = [Fault.TOO_MANY_RETRY_AFTER]
    one, two = (house.start(lease) for lease in ("one", "two"))
    first = await one.remix(1)
    async with one.working():
        await one.heard.until(lambda: was_tried(one, first))
    (row,) = await one.do(lambda c: c.execute(sa.select(brakes)).all())
    assert (row.name, (row.until - row.since).total_seconds()) == (Brake.SUBMIT, RETRY_AFTER_S)
    # The server's clock goes on, also where this machine is slow.
    await one.do(pull, Brake.SUBMIT, 60.0)
    second = await two.remix(2)
    async with two.working():
        while two.remixes.shared.wait_s(Brake.SUBMIT) == 0:
            await let_it_go_on(two)
        assert (await two.job(second.id)).state is JobState.QUEUED
    assert two.calls == 1


async def test_a_machine_that_does_not_reach_ideogram_does_not_hold_the_others_back(house):
    one = house.start("one")
    await one.remix(1)
    (job,) = await one.do(claims.claim_queued, "one", 1, START)
    generate, begun = one.remixes.generate, await one.remixes.generate.begin(job)
    decision = await generate.record_failure(begun, ProviderFailure(ProviderProblem.UNREACHABLE))
    assert decision.for_all
    assert await one.do(lambda c: c.execute(sa.select(brakes)).all()) == []


@pytest.mark.parametrize("api", [IdeogramApi.V1_ASYNC])
async def test_polls_that_ideogram_asks_one_to_delay_are_delayed_by_the_others(house):
    house.stand_in.dials.polls = [PollFault.TOO_MANY_RETRY_AFTER]
    one, two = (house.start(lease) for lease in ("one", "two"))
    await one.remix(1)
    (job,) = await one.do(claims.claim_queued, "one", 1, START)
    generate, begun = one.remixes.generate, await one.remixes.generate.begin(job)
    generation = await generate.ask(replace(await generate.prepare(job), job=begun))
    await one.remixes.poll.poll(await generate.record_submitted(begun, generation), None)
    (row,) = await one.do(lambda c: c.execute(sa.select(brakes)).all())
    assert (row.name, (row.until - row.since).total_seconds()) == (Brake.POLL, RETRY_AFTER_S)
    await one.do(pull, Brake.POLL, 60.0)
    await two.remix(2)
    (job,) = await two.do(claims.claim_queued, "two", 1, START)
    assert (await two.remixes.generate.begin(job)).state is JobState.GENERATING
    assert two.remixes.shared.wait_s(Brake.POLL) > 0


async def was_tried(bot, job):
    return (await bot.job(job.id)).attempts == 1


async def test_the_lowest_setting_of_a_living_process_is_the_limit_of_all(house):
    high, low = house.start("high", slots=4, workers=1), house.start("low", slots=2, workers=1)
    assert await most_at_once(house, low, 2) == 2
    assert await most_at_once(house, high, 2) == 2
    await high.do(lambda c: c.execute(sa.delete(processes).where(processes.c.lease == "low")))
    assert await most_at_once(house, high, 4) == 4


async def most_at_once(house, bot, expected):
    """How many of five calls the bot makes at once, if it makes as many as expected at all."""
    ids, house.stand_in.dials.latency_s = [(await bot.remix(number)).id for number in range(5)], 60.0
    async with bot.working():
        await house.stand_in.until_running(expected)
        await let_it_go_on(bot)
        at_once, house.stand_in.dials.latency_s = house.stand_in.in_flight, 0.0
        house.stand_in.release()
        await delivered(bot, ids)
    return at_once


async def let_it_go_on(bot):
    """Long enough for what can go on."""
    for _ in range(20):
        await bot.hold()
        await asyncio.sleep(0)


async def test_a_lost_call_keeps_its_slots_until_it_must_have_ended(house):
    bot = house.start("one", workers=1)
    lost = await bot.do(lose, bot, await bot.remix(1, images=3), timedelta(hours=1))
    assert await most_at_once(house, bot, 1) == 1
    await bot.do(call_slots.keep_lost, call_slots.BegunCall.of(lost), timedelta(0))
    assert await most_at_once(house, bot, 4) == 4


async def test_one_that_waits_asks_again_when_a_lost_call_must_have_ended(house):
    """Nobody has news of that."""
    bot = house.start("one", workers=1)
    lost = await bot.do(lose, bot, await bot.remix(1, images=4), timedelta(hours=1))
    assert await bot.do(bot.remixes.shared.ask, 1) == NoSlot(ASK_AGAIN_S)
    # Written down later than now, as by a clock that was set back since: so all of its time is left.
    later = START + timedelta(days=36_500)
    values = {"since": later, "until": later + timedelta(seconds=0.5)}
    await bot.do(lambda own: own.execute(sa.update(lost_calls).where(lost_calls.c.job_id == lost.id).values(values)))
    assert await bot.do(bot.remixes.shared.ask, 1) == NoSlot(0.5)


async def test_the_late_answer_of_a_lost_call_frees_its_slots(house):
    bot = house.start("one", workers=1)
    lost = await bot.do(lose, bot, await bot.remix(1, images=4), timedelta(hours=1))
    ids = [(await bot.remix(2)).id]
    async with bot.working():
        await let_it_go_on(bot)
        assert bot.calls == 0
        answer = await bot.ideogram.submit(lost.request, (await bot.remixes.generate.prepare(lost)).source)
        await bot.remixes.generate.record_answer(lost, answer)
        await delivered(bot, [lost.id, *ids])


IN_FLIGHT = """
    SELECT coalesce(sum(images), 0) FROM (
        SELECT images FROM jobs WHERE state = 'generating' UNION ALL
        SELECT images FROM lost_calls WHERE until > extract(epoch FROM clock_timestamp()) * 1000000
    ) AS calls
"""


def lose(connection, bot, job, longest):
    """As the others do with what a process that died had begun. Returns the job as its call had it."""
    (claimed,) = claims.claim_queued(connection, "dead", 1, START)
    assert claimed.id == job.id
    begun = replace(claimed, calls=1, state=JobState.GENERATING)
    values = {"lease": "dead", "calls": 1}
    jobs.move(connection, job.id, (JobState.QUEUED, JobState.GENERATING), cause="slot", now=START, changes=values)
    record_unknown_outcome(connection, begun, "restart", START, bot.rules, by_restart=True)
    call_slots.keep_lost(connection, call_slots.BegunCall.of(begun), longest)
    return begun


def in_flight(connection):
    """Images, counted in another way than the bot does."""
    return connection.scalar(sa.text(IN_FLIGHT))


async def test_a_process_that_the_others_have_given_up_begins_nothing(house):
    bot = house.start("one")
    await bot.remix(1)
    (job,) = await bot.do(claims.claim_queued, "one", 1, START)
    bot.core.process.is_in = False
    assert await bot.remixes.generate.begin(job) is None
    bot.core.process.is_in = True
    assert (await bot.remixes.generate.begin(job)).state is JobState.GENERATING


async def test_a_call_that_has_begun_is_not_made_once_the_process_may_not_act_any_more(house):
    bot = house.start("one")
    await bot.remix(1)
    (job,) = await bot.do(claims.claim_queued, "one", 1, START)
    prepared = await bot.remixes.generate.prepare(job)
    begun = await bot.remixes.generate.begin(job)
    bot.core.process.may_act = False
    await bot.remixes.generate.record_failure(begun, await bot.remixes.generate.ask(replace(prepared, job=begun)))
    assert ((await bot.job(job.id)).state, bot.calls) == (JobState.QUEUED, 0)


async def test_what_was_not_sent_is_made_although_the_others_have_parked_it(house):
    bot = house.start("one")
    lost = await bot.do(lose, bot, await bot.remix(1), timedelta(hours=1))
    bot.core.process.may_act = False
    prepared = await bot.remixes.generate.prepare(lost)
    await bot.remixes.generate.record_failure(lost, await bot.remixes.generate.ask(prepared))
    assert (await bot.job(lost.id)).state is JobState.QUEUED
    assert await bot.do(in_flight) == 0


LIMIT = 10


class Racer:
    """One process in a thread: begins calls, ends some, and dies in between, as fast as it can."""

    def __init__(self, bot, mine, seed, others_failed):
        self.bot, self.queued, self.random = bot, mine, random.Random(seed)  # noqa: S311 - the same steps in every run
        self.others_failed = others_failed
        self.running, self.seen, self.begun = [], [], 0

    def run(self):
        try:
            self._race()
        except BaseException:
            self.others_failed.set()
            raise

    def _race(self):
        generate, database = self.bot.remixes.generate, self.bot.database
        while self.queued and not self.others_failed.is_set():
            job = self.queued[-1]
            begun = database.transaction_now(self._begin, generate, job)
            if isinstance(begun, NoSlot):
                if self.running:
                    self._end(generate, database, self.running.pop(0))
                continue
            self.queued.pop()
            self.running.append(begun)
            self.begun += 1
            if self.random.random() < 0.4:
                self._end(generate, database, self.running.pop(self.random.randrange(len(self.running))))
        for job in self.running:
            self._end(generate, database, job)

    def _begin(self, connection, generate, job):
        begun = generate._begin(connection, job, None, was_asked=False)
        self.seen.append(in_flight(connection))
        return begun

    def _end(self, generate, database, job):
        how = self.random.random()
        if how < 0.2:
            database.transaction_now(generate._record_failure, job, ProviderFailure(ProviderProblem.OUTCOME_UNKNOWN))
        elif how < 0.4:
            database.transaction_now(self._die, job)
        else:
            database.transaction_now(generate._record_answer, job, RemixResponse((ResponseImage(safe=False),)), None)

    def _die(self, connection, job):
        record_unknown_outcome(connection, job, "restart", START, self.bot.rules, by_restart=True)
        call_slots.keep_lost(connection, call_slots.BegunCall.of(job), timedelta(seconds=0.1))


def test_threads_of_several_processes_that_race_for_slots_never_have_more_than_the_limit(house):
    rng, racers, failed = random.Random(1), [], Event()  # noqa: S311 - the same steps in every run
    for number in range(4):
        bot = house.start(f"racer {number}", slots=LIMIT, workers=4)
        for _ in range(25):
            images = rng.choice([1, 1, 1, 1, 2, 8])
            request = RemixRequest("a fox", speed=Speed.TURBO, images=images)
            bot.database.transaction_now(add_job, number + 1, request=request)
        mine = bot.database.transaction_now(claims.claim_queued, bot.lease, 25, START)
        racers.append(Racer(bot, mine, number, failed))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Racer.run, racers))
    seen = [images for racer in racers for images in racer.seen]
    assert sum(racer.begun for racer in racers) == 100
    assert max(seen) == LIMIT
