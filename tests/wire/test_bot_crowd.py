"""Two hundred people use /remix at the same moment, over the wire, against the bot as its own process."""

import asyncio
import time

import pytest

from tests.wire.bot_process import open_house

PEOPLE = 200
SLOTS = 8
"""Fewer than the stand-in takes, so that it is the bot who keeps to it."""


@pytest.fixture
async def house(tmp_path):
    async with open_house(tmp_path) as opened:
        yield opened


async def test_200_people_at_once_are_acknowledged_in_time_and_each_served_once_with_their_own_picture(house):
    launched = time.monotonic()
    bot = await house.start(IDEOGRAM_MAX_IN_FLIGHT=SLOTS)
    ready, before = time.monotonic(), bot.memory_mb()
    house.ideogram.dials.latency_s = 0.1
    remixes = [await house.remix() for _ in range(PEOPLE)]
    # Discord answers 404 10062 to an acknowledgement after three seconds, and this would wait in vain.
    await asyncio.gather(*(remix.interaction.wait_acknowledged(40) for remix in remixes))
    acknowledged = sorted(remix.interaction.acknowledged_after for remix in remixes)
    await asyncio.gather(*(remix.until_told("**Done.**") for remix in remixes))
    served, after = time.monotonic(), bot.memory_mb()
    for remix in remixes:
        remix.assert_served_once()
    assert len(house.channel.messages) == PEOPLE
    assert [house.calls_for(remix) for remix in remixes] == [1] * PEOPLE
    assert len({call.source_sha256 for call in house.ideogram.calls}) == len(house.ideogram.calls) == PEOPLE
    assert house.ideogram.peak_in_flight <= SLOTS
    memory = f"{before:.0f} MB before, {after:.0f} MB after" if before and after else "unknown here"
    print(  # noqa: T201 - the figures for the report
        f"\nready {ready - launched:.2f} s after the start; acknowledged after {acknowledged[PEOPLE // 2]:.2f} s at the"
        f" median, {acknowledged[-1]:.2f} s at most; all served after {served - ready:.1f} s; memory {memory}"
    )
