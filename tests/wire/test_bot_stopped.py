"""The bot is told to stop in the middle of its work: paid calls are brought home, the rest waits for the next start."""

import asyncio
import os
import signal

import pytest

from tests.wire.bot_process import REPLIES, WITHIN_S
from tests.wire.loopback_discord import Delay

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no signals that a process could be sent")

PARKED = "Ideogram's reply didn't reach me"
RESTARTING = "I'm restarting right now"
SLOTS = 3


@pytest.fixture
def house(often_started):
    return often_started


async def busy_bot(house, people):
    """A bot with all slots taken, by calls that take until they are let go, and the remixes in the order of turns."""
    house.ideogram.dials.latency_s = 600
    bot = await house.start(IDEOGRAM_MAX_IN_FLIGHT=SLOTS)
    remixes = [await house.accepted() for _ in range(people)]
    async with asyncio.timeout(WITHIN_S):
        await house.ideogram.until_running(SLOTS)
    return bot, remixes


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT], ids=["SIGTERM", "SIGINT", "SIGQUIT"]
)
async def test_a_stop_brings_paid_calls_home_refuses_new_ones_kindly_and_leaves_the_queue_to_the_next_start(
    house, number
):
    bot, remixes = await busy_bot(house, people=8)
    running, queued = remixes[:SLOTS], remixes[SLOTS:]
    bot.signal(number)
    await bot.logged("stopping: taking no new work, waiting for paid calls")
    refused = await house.accepted()
    assert refused.told.startswith(RESTARTING)
    # The bot has done all its work before this is answered, and must not end in the middle of it.
    house.discord.faults.add("PATCH", REPLIES, Delay(0.5))
    house.ideogram.release()
    assert await bot.ended() == 0
    for remix in running:
        remix.assert_served_once()
    assert [house.state_of(remix) for remix in queued] == ["queued"] * len(queued)
    assert len(house.ideogram.calls) == SLOTS
    house.ideogram.dials.latency_s = 0
    await house.start()
    for remix in queued:
        await remix.until_told("**Done.**")
        remix.assert_served_once()
    assert [house.calls_for(remix) for remix in [*remixes, refused]] == [1] * len(remixes) + [0]


async def test_a_second_signal_ends_at_once_and_the_next_start_parks_what_was_asked(house):
    bot, remixes = await busy_bot(house, people=SLOTS + 1)
    bot.signal(signal.SIGTERM)
    await bot.logged("stopping: taking no new work, waiting for paid calls")
    bot.signal(signal.SIGTERM)
    assert await bot.ended() == 128 + signal.SIGTERM
    await house.kill(bot)
    house.ideogram.dials.latency_s = 0
    await house.start()
    for remix in remixes[:SLOTS]:
        await remix.until_told(PARKED)
    await remixes[SLOTS].until_told("**Done.**")
    assert [house.calls_for(remix) for remix in remixes] == [1] * len(remixes)


async def test_when_the_grace_time_is_over_the_bot_ends_and_the_next_start_parks_what_was_asked(house):
    house.ideogram.dials.latency_s = 600
    bot = await house.start(SHUTDOWN_GRACE_S=0.1)
    remix = await house.accepted()
    async with asyncio.timeout(WITHIN_S):
        await house.ideogram.until_running(1)
    assert await bot.stop() == 0
    await house.kill(bot)
    house.ideogram.dials.latency_s = 0
    await house.start()
    await remix.until_told(PARKED)
    assert house.calls_for(remix) == 1


async def test_a_stop_before_the_log_in_worked_ends_with_0(house):
    await house.discord.close()
    bot = await house.launch()
    await bot.logged("cannot ask Discord how many shards the bot needs, will retry")
    assert await bot.stop() == 0
