"""Channels that make their results wait hold up no others. The long form, with its figures, is `make chaos`."""

import time

import pytest
import pytest_asyncio

from bot.rules.delivery_places import MAX_OF_CHANNEL
from tests.chaos.forked_bots import Nest
from tests.chaos.slow_channels import CASES, Case, SlowChannels
from tests.wire.bot_process import open_house

pytestmark = pytest.mark.asyncio(loop_scope="module")

SLOW = 20
"""More than there are places for deliveries."""
OTHERS = 12
HANGING = {name: case for name, case in CASES.items() if case.rate_limit_s is None}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def channels(tmp_path_factory, nest_link):
    async with open_house(tmp_path_factory.mktemp("house")) as house:
        house.starter = Nest(nest_link).launch
        await house.start()
        yield SlowChannels(house, seed=1)


@pytest.mark.parametrize("case", HANGING.values(), ids=HANGING)
async def test_everybody_else_is_served_while_more_results_than_there_are_places_wait_for_an_answer(channels, case):
    slow = await channels.make_wait(case, SLOW)
    await channels.serve_others(OTHERS)
    assert slow.posted == 0
    slow.release()
    await channels.until_told(slow.remixes)
    for remix in channels.house.remixes:
        remix.assert_served_once()


async def test_a_long_rate_limit_is_waited_for_without_asking_again_for_each_result(channels):
    slow = await channels.make_wait(Case(1, rate_limit_s=900.0), SLOW)
    await channels.serve_others(OTHERS)
    later = int((time.time() + 600) * 1_000_000)
    # A number of ours.
    put_off = f"SELECT count(*) FROM jobs WHERE state = 'generated' AND lease IS NULL AND due_at > {later}"  # noqa: S608 - see above
    await channels.until_rows(put_off, SLOW)
    (fault,) = slow.faults
    assert 1 <= fault.hits <= MAX_OF_CHANNEL
    assert slow.posted == 0
