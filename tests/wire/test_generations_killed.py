"""The bot is killed with -9 in each state of a generation: the next start collects it, and nothing is paid twice."""

import asyncio

import pytest

from bot.rules.generations import IdeogramApi
from tests.chaos.kill_generations import PARKED, kill_run
from tests.wire.bot_process import WITHIN_S

A_LONG_TIME_S = 600


@pytest.fixture(params=[IdeogramApi.V1_ASYNC, IdeogramApi.V2], ids=str)
def api(request):
    return request.param


@pytest.fixture
def house(often_started):
    return often_started


async def killed_and_started_anew(house, bot, api):
    """What is being made at the provider goes on there."""
    await bot.kill()
    await house.discord.disconnected(WITHIN_S)
    return await house.start(IDEOGRAM_API=api, IDEOGRAM_MAX_IN_FLIGHT=1)


async def polled(house, more=1):
    async with asyncio.timeout(WITHIN_S):
        await house.ideogram.until_polled(len(house.ideogram.polls) + more)


async def test_killed_while_one_is_being_made_and_one_is_queued_both_are_served_and_paid_once(house, api):
    house.ideogram.dials.latency_s = A_LONG_TIME_S
    bot = await house.start(IDEOGRAM_API=api, IDEOGRAM_MAX_IN_FLIGHT=1)
    made, queued = await house.accepted(), await house.accepted()
    await polled(house)
    bot = await killed_and_started_anew(house, bot, api)
    await polled(house)
    assert (house.state_of(made), house.state_of(queued)) == ("generating", "queued")
    house.ideogram.dials.latency_s = 0
    house.ideogram.release()
    for remix in (made, queued):
        await remix.until_told("**Done.**")
        remix.assert_served_once()
        assert house.calls_for(remix) == 1


async def test_done_while_nobody_was_there_it_is_collected_at_the_next_start(house, api):
    house.ideogram.dials.latency_s = A_LONG_TIME_S
    bot = await house.start(IDEOGRAM_API=api)
    remix = await house.accepted()
    await polled(house)
    await bot.kill()
    await house.discord.disconnected(WITHIN_S)
    house.ideogram.release()
    await house.start(IDEOGRAM_API=IdeogramApi.V1)
    await remix.until_told("**Done.**")
    remix.assert_served_once()
    assert house.calls_for(remix) == 1


async def test_killed_between_the_submit_and_its_id_that_one_alone_is_parked(house, api):
    house.ideogram.dials.fail = ["hang"]
    bot = await house.start(IDEOGRAM_API=api, IDEOGRAM_MAX_IN_FLIGHT=4)
    remixes = [await house.accepted() for _ in range(3)]
    await house.ideogram.until_called(1)
    await killed_and_started_anew(house, bot, api)
    house.ideogram.release()
    lost, *others = remixes
    await lost.until_told(PARKED)
    for remix in others:
        await remix.until_told("**Done.**")
        remix.assert_served_once()
    assert [house.calls_for(remix) for remix in remixes] == [1, 1, 1]
    assert house.state_of(lost) == "outcome_unknown"


async def test_killed_while_polls_fail_it_is_collected_once_they_do_not(house, api):
    house.ideogram.dials.always_poll = "503"
    bot = await house.start(IDEOGRAM_API=api)
    remix = await house.accepted()
    await polled(house)
    bot = await killed_and_started_anew(house, bot, api)
    await polled(house)
    house.ideogram.dials.always_poll = None
    await remix.until_told("**Done.**")
    remix.assert_served_once()
    assert house.calls_for(remix) == 1


async def test_killed_between_the_collected_answer_and_its_bytes_they_are_fetched_without_another_call(house, api):
    house.ideogram.dials.fail.append("link-hangs-once")
    bot = await house.start(IDEOGRAM_API=api)
    remix = await house.accepted()
    async with asyncio.timeout(WITHIN_S):
        await house.ideogram.until_link_hangs()
    assert house.state_of(remix) == "generated"
    await house.kill(bot)
    await house.start(IDEOGRAM_API=api)
    await remix.until_told("**Done.**")
    remix.assert_served_once()
    assert house.calls_for(remix) == 1


async def test_a_stop_with_a_short_grace_loses_nothing(house, api):
    house.ideogram.dials.latency_s = A_LONG_TIME_S
    bot = await house.start(IDEOGRAM_API=api, SHUTDOWN_GRACE_S=0.1)
    remix = await house.accepted()
    await polled(house)
    assert await bot.stop() == 0
    await house.discord.disconnected(WITHIN_S)
    house.ideogram.release()
    await house.start(IDEOGRAM_API=api)
    await remix.until_told("**Done.**")
    remix.assert_served_once()
    assert house.calls_for(remix) == 1


async def test_random_kills_lose_nothing_repeat_nothing_and_park_only_what_lost_its_id(tmp_path, api):
    """The long form: `python -m tests.chaos.kill_generations --kills 50`."""
    counted = await kill_run(tmp_path, api, kills=3, seed=20261125)
    print(f"\n{api}: {counted}")  # noqa: T201 - the figures for the report
    assert counted.is_clean, str(counted)
    assert counted.delivered > 0
