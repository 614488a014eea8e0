"""Results on a host that is not listed: the queue is held at the first, what is paid for waits, and nothing else is."""

from dataclasses import replace

import pytest

from bot.ideogram.links import LinkRules
from bot.rules.failures import ProviderProblem
from bot.rules.generations import IdeogramApi
from bot.rules.job_states import JobState
from bot.rules.refusals import Reason, Refused
from bot.storage.remixes import holds
from bot.use_cases.operator.pause_queue import Resumed, resume_queue
from bot.use_cases.remixes.recover_jobs import recover_jobs
from bot.worker.housekeeping import Housekeeping
from tests.integration.made_bot import RULES
from tests.integration.made_storage import START

OPERATOR = 7


def list_host(bot, *, listed):
    bot.ideogram._links = LinkRules(frozenset({bot.stand_in.image_host} if listed else ()))


@pytest.fixture
def unlisted(bot):
    """A bot whose operator has listed another host than the one that results lie on."""
    list_host(bot, listed=False)
    return bot


async def state_of(bot, job):
    return (await bot.job(job.id)).state


async def made_but_refused(bot, slots=1):
    """One remix whose result cannot be fetched."""
    job = await bot.remix(1)
    await bot.work(job.id, slots=slots)
    return job


async def start_again(bot, *, listed):
    """The bot restarts, and the operator has listed the host or not."""
    again = bot.restarted()
    again.use_rules(replace(RULES, image_hosts=frozenset({bot.stand_in.image_host} if listed else ())))
    list_host(again, listed=listed)
    await recover_jobs(again.core, again.rules)
    return again


@pytest.mark.parametrize("api", IdeogramApi, ids=str)
async def test_the_first_result_holds_the_queue_and_nothing_more_is_paid(unlisted, api):
    bot = unlisted
    assert bot.ideogram.api is api
    jobs = [await bot.remix(user_id) for user_id in range(1, 13)]

    async def rested():
        now = [await bot.job(job.id) for job in jobs]
        return await bot.hold() is not None and all(job.lease is None for job in now)

    async with bot.working(slots=2):
        await bot.heard.until(rested)
    hold = await bot.hold()
    assert (hold.host, hold.problem, hold.next_trial_at) == (bot.stand_in.image_host, None, None)
    # The two slots, and the call that may begin in each of them before its answer is recorded.
    assert bot.calls <= 4
    states = [await state_of(bot, job) for job in jobs]
    assert states.count(JobState.GENERATED) == bot.calls
    assert states.count(JobState.QUEUED) == len(jobs) - bot.calls
    assert await bot.ask(50) == Refused(Reason.SERVICE_PAUSED)
    calls = bot.calls

    bot.clock.move(hours=1)
    async with bot.working(slots=2):
        await bot.heard.until(rested)
    assert bot.calls == calls


async def test_once_the_host_is_listed_a_start_delivers_what_waits_and_goes_on(unlisted):
    made = await made_but_refused(unlisted)
    waiting = [await queue_while_held(unlisted, user_id) for user_id in (2, 3)]
    unlisted.clock.move(minutes=10)

    bot = await start_again(unlisted, listed=True)
    await bot.work(made.id, *[job.id for job in waiting])
    assert [await state_of(bot, job) for job in (made, *waiting)] == [JobState.DELIVERED] * 3
    assert (bot.calls, bot.paid_calls, await bot.hold()) == (3, 3, None)


async def queue_while_held(bot, user_id):
    """It was queued before the hold."""
    hold = await bot.hold()
    await bot.do(holds._end)
    job = await bot.remix(user_id)
    await bot.do(holds.place_for_host, 0, hold.host)
    return job


async def test_a_start_without_the_host_listed_pays_for_nothing(unlisted):
    await made_but_refused(unlisted)
    await queue_while_held(unlisted, 2)
    bot = await start_again(unlisted, listed=False)
    await Housekeeping(bot.core, keep_pictures=RULES.keep_evidence).once(forget=False)
    async with bot.working():
        pass
    assert (bot.calls, (await bot.hold()).next_trial_at) == (1, None)


async def test_the_operator_can_let_one_remix_try_and_a_refused_one_holds_again(unlisted):
    bot = unlisted
    await made_but_refused(bot)
    waiting = [await queue_while_held(bot, user_id) for user_id in (2, 3)]
    assert await resume_queue(bot.core, OPERATOR) == Resumed(paused=False, held=True)
    await bot.work(waiting[0].id)
    assert [await state_of(bot, job) for job in waiting] == [JobState.GENERATED, JobState.QUEUED]
    assert ((await bot.hold()).next_trial_at, bot.calls) == (None, 2)


async def test_a_trial_whose_results_lie_on_a_listed_host_ends_the_hold(unlisted):
    bot = unlisted
    await bot.do(holds.place_for_host, 0, "elsewhere.example.com")
    list_host(bot, listed=True)
    waiting = [await queue_while_held(bot, user_id) for user_id in (2, 3)]
    await resume_queue(bot.core, OPERATOR)
    await bot.work(*[job.id for job in waiting])
    assert [await state_of(bot, job) for job in waiting] == [JobState.DELIVERED] * 2
    assert await bot.hold() is None


async def test_a_result_that_was_asked_for_earlier_does_not_stop_the_trial(unlisted):
    """Its link is tried again and again, and refused again and again."""
    bot = unlisted
    made = await made_but_refused(bot)
    await resume_queue(bot.core, OPERATOR)
    bot.clock.move(minutes=20)
    await bot.work(made.id)
    assert (await bot.hold()).next_trial_at == START
    assert await state_of(bot, made) is JobState.GENERATED


async def test_one_remix_tries_once_the_last_refused_result_is_lost(unlisted):
    bot = unlisted
    made = await made_but_refused(bot)
    bot.clock.move(days=1, seconds=1)
    await bot.work(made.id)
    assert (await bot.job(made.id)).failure_kind == "result_lost"
    assert (await bot.hold()).next_trial_at is None

    await Housekeeping(bot.core, keep_pictures=RULES.keep_evidence).once(forget=False)
    assert (await bot.hold()).next_trial_at == bot.clock()
    list_host(bot, listed=True)
    tried = await bot.remix(2)
    assert await bot.ask(3) == Refused(Reason.SERVICE_PAUSED)
    await bot.work(tried.id)
    assert (await state_of(bot, tried), await bot.hold()) == (JobState.DELIVERED, None)


async def test_another_problem_does_not_take_the_place_of_the_host(bot):
    await bot.do(holds.place_for_host, 1, "elsewhere.example.com")
    assert not await bot.do(holds.place, ProviderProblem.OUT_OF_CREDIT, START)
    assert not await bot.do(holds.lift)
    assert (await bot.hold()).host == "elsewhere.example.com"


async def test_a_host_takes_the_place_of_another_problem(bot):
    await bot.do(holds.place, ProviderProblem.OUT_OF_CREDIT, START)
    assert await bot.do(holds.place_for_host, 1, "elsewhere.example.com")
    assert not await bot.do(holds.place_for_host, 2, "third.example.com")
    assert (await bot.hold()).host == "elsewhere.example.com"
