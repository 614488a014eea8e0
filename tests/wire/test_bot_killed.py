"""The bot is killed with -9 in each state of a job: nothing is lost, posted twice or paid twice, and work goes on."""

import asyncio
import signal

import pytest

from tests.chaos.kills import PARKED, RandomEnds
from tests.wire.bot_process import POSTS, REPLIES, WITHIN_S
from tests.wire.loopback_discord import Hang, Reset

A_LONG_TIME_S = 600


@pytest.fixture
def house(often_started):
    return often_started


async def reached(held):
    async with asyncio.timeout(WITHIN_S):
        await held.reached.wait()


async def killed_and_started_anew(house, bot):
    await house.kill(bot)
    house.ideogram.dials.latency_s = 0
    return await house.start()


@pytest.mark.parametrize("fault", ["ok", "hang"])
async def test_killed_while_one_is_asked_and_one_is_queued_the_one_is_parked_and_told_the_other_is_served(house, fault):
    house.ideogram.dials.latency_s = A_LONG_TIME_S
    house.ideogram.dials.fail.append(fault)
    bot = await house.start(IDEOGRAM_MAX_IN_FLIGHT=1)
    asked = await house.accepted()
    await house.ideogram.until_running(1)
    queued = await house.accepted()
    await killed_and_started_anew(house, bot)
    await asked.until_told(PARKED)
    await queued.until_told("**Done.**")
    queued.assert_served_once()
    assert (house.calls_for(asked), house.calls_for(queued)) == (1, 1)
    assert not asked.posts
    assert house.state_of(asked) == "outcome_unknown"


async def test_killed_between_the_answer_and_its_bytes_they_are_fetched_and_posted_without_another_call(house):
    house.ideogram.dials.fail.append("link-hangs-once")
    bot = await house.start()
    remix = await house.accepted()
    async with asyncio.timeout(WITHIN_S):
        await house.ideogram.until_link_hangs()
    assert house.state_of(remix) == "generated"
    await killed_and_started_anew(house, bot)
    await remix.until_told("**Done.**")
    remix.assert_served_once()
    assert house.calls_for(remix) == 1


@pytest.mark.parametrize("after_effect", [False, True], ids=["before-the-effect", "after-the-effect"])
async def test_killed_in_the_middle_of_a_post_the_result_is_posted_exactly_once(house, after_effect):
    # No nonce is remembered: the message itself has to be found.
    house.discord.world.nonce_window_s = 0
    held = Hang(after_effect=after_effect)
    house.discord.faults.add("POST", POSTS, held)
    bot = await house.start()
    remix = await house.accepted()
    await reached(held)
    assert len(remix.posts) == after_effect
    await killed_and_started_anew(house, bot)
    await remix.until_told("**Done.**")
    remix.assert_served_once()
    assert house.calls_for(remix) == 1


async def test_killed_after_a_post_whose_answer_was_lost_the_message_is_found_and_not_repeated(house):
    house.discord.world.nonce_window_s = 0
    house.discord.faults.add("POST", POSTS, Reset(after_effect=True))
    bot = await house.start()
    remix = await house.accepted()
    await bot.logged("a result is not delivered yet")
    await killed_and_started_anew(house, bot)
    await remix.until_told("**Done.**")
    remix.assert_served_once()
    assert house.calls_for(remix) == 1


async def test_killed_after_the_delivery_nothing_is_posted_again_and_the_private_reply_is_made_true(house):
    bot = await house.start()
    told = await house.remix()
    await told.until_told("**Done.**")
    held = Hang()
    house.discord.faults.add("PATCH", REPLIES, held)
    untold = await house.remix()
    await reached(held)
    await house.until_listed(untold, "[done]")
    assert untold.told == ""
    await killed_and_started_anew(house, bot)
    await untold.until_told("**Done.**")
    for remix in (told, untold):
        remix.assert_served_once()
        assert house.calls_for(remix) == 1


@pytest.mark.parametrize(("number", "ends"), [(signal.SIGKILL, 8), (signal.SIGTERM, 3)], ids=["kill", "stop"])
async def test_random_ends_lose_nothing_and_repeat_nothing(house, number, ends):
    """The long form is `make chaos`."""
    losses = await RandomEnds(house, seed=20261123, number=number).run(ends)
    print(f"\n{losses}")  # noqa: T201 - the figures for the report
    assert (losses.lost, losses.posted_twice, losses.paid_twice, losses.paid_in_vain) == ([], [], [], [])
    assert losses.parked <= sum(losses.in_flight)
    assert losses.violations == 0
    assert number == signal.SIGKILL or losses.parked == 0
