"""The disk is full under database and pictures: nothing new is taken, nothing accepted is lost, and work goes on."""

import asyncio
import sys

import pytest

from tests.wire.bot_process import WITHIN_S, open_house

resource = pytest.importorskip("resource", reason="Windows knows no such limits")
pytestmark = pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="no other process can be limited here")

CANNOT_STORE = "I can't store anything right now. Please try again later. Nothing was charged."
PARKED = "Ideogram's reply didn't reach me"


@pytest.fixture
async def house(tmp_path):
    async with open_house(tmp_path) as opened:
        yield opened


def fill(bot):
    """No file of that process may have more than one byte: every write ends as on a full disk."""
    resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))


def empty(bot):
    resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


async def busy_bot(house):
    """One call runs until it is let go, and one remix waits."""
    house.ideogram.dials.latency_s = 600
    bot = await house.start(IDEOGRAM_MAX_IN_FLIGHT=1)
    remixes = [await house.accepted() for _ in range(2)]
    async with asyncio.timeout(WITHIN_S):
        await house.ideogram.until_running(1)
    return bot, *remixes


async def test_new_ones_are_refused_and_once_there_is_room_all_that_were_accepted_are_served_and_paid_once(house):
    bot, running, queued = await busy_bot(house)
    fill(bot)
    refused = await house.remix()
    await refused.until_told(CANNOT_STORE)
    house.ideogram.dials.latency_s = 0
    house.ideogram.release()
    await bot.logged("cannot record a job's outcome yet; will try again")
    assert (house.state_of(running), house.state_of(queued)) == ("generating", "queued")
    empty(bot)
    for remix in (running, queued):
        await remix.until_told("**Done.**")
        remix.assert_served_once()
        assert (house.calls_for(remix), house.money_of(remix)) == (1, ("settled", 60_000))
    assert (house.state_of(refused), house.calls_for(refused)) == (None, 0)
    following = await house.remix()
    await following.until_told("**Done.**")


async def start_on_a_full_disk(arguments, cwd, env):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))

    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=cwd,
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        preexec_fn=limit,
    )


async def test_a_start_on_a_full_disk_ends_with_a_clear_line_and_the_next_one_finds_all(house):
    bot, running, queued = await busy_bot(house)
    await house.kill(bot)
    house.ideogram.dials.latency_s = 0
    house.starter, starter = start_on_a_full_disk, house.starter
    stuck = await house.launch()
    assert await stuck.ended() == 1
    assert [line.partition(":")[0] for line in stuck.told] == ["Cannot run"]
    house.starter = starter
    await house.start()
    await running.until_told(PARKED)
    await queued.until_told("**Done.**")
    queued.assert_served_once()
    assert (house.calls_for(running), house.calls_for(queued)) == (1, 1)
