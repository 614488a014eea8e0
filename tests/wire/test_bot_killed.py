"""The bot is killed with -9 in each state of a job: nothing is lost, posted twice or paid twice, and work goes on."""

import asyncio
import random
from collections import Counter

import pytest

from tests.wire.bot_process import POSTS, REPLIES, WITHIN_S, open_house
from tests.wire.loopback_discord import Hang, Reset

PARKED = "Ideogram did not answer"
A_LONG_TIME_S = 600


@pytest.fixture
async def house(tmp_path):
    async with open_house(tmp_path) as opened:
        yield opened


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


class RandomKills:
    """Remixes come in all the time, and the bot is killed after a random number of its requests."""

    KILLS, PEOPLE = 8, 40

    def __init__(self, house, seed):
        self._house = house
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret

    async def run(self):
        self._house.ideogram.dials.latency_s = 0.05
        for _ in range(self.KILLS):
            bot = await self._house.start(IDEOGRAM_MAX_IN_FLIGHT=4)
            for _ in range(self.PEOPLE // self.KILLS):
                await self._house.remix()
            await self._after_some_requests()
            await self._house.kill(bot)
        await self._house.start(IDEOGRAM_MAX_IN_FLIGHT=4)
        await self._until_all_is_told()

    async def _after_some_requests(self):
        """Each remix takes five or more requests, so five of them take 25."""
        world = self._house.discord.world
        enough = len(world.requests) + self._random.randint(12, 25)
        await world.watch.wait_for(lambda: len(world.requests) >= enough, WITHIN_S, f"{enough} requests")

    async def _until_all_is_told(self):
        known = {row[0] for row in self._house.rows("SELECT interaction_id FROM jobs")}
        for remix in self._house.remixes:
            if remix.interaction.id in known:
                await remix.interaction.wait_for(lambda _, remix=remix: is_settled(remix), WITHIN_S)


def is_settled(remix):
    return "**Done.**" in remix.told or PARKED in remix.told


def is_lost(remix, state):
    """It was accepted, and its person has neither a picture nor an explanation."""
    has_ended = (state == "delivered" and remix.posts) or (state == "outcome_unknown" and PARKED in remix.told)
    return state is not None and not has_ended


async def test_eight_random_kills_lose_nothing_and_repeat_nothing(house):
    await RandomKills(house, seed=20261123).run()
    remixes = house.remixes
    states = Counter(house.state_of(remix) for remix in remixes)
    lost = [remix for remix in remixes if is_lost(remix, house.state_of(remix))]
    twice_posted = [remix for remix in remixes if len(remix.posts) > 1]
    twice_paid = [remix for remix in remixes if house.calls_for(remix) > 1]
    refused = [remix for remix in remixes if house.state_of(remix) is None]
    print(  # noqa: T201 - the figures for the report
        f"\n{RandomKills.KILLS} kills over {len(remixes)} remixes: {len(lost)} lost, {len(twice_posted)} posted twice,"
        f" {len(twice_paid)} paid twice, {states['outcome_unknown']} parked, {len(refused)} not accepted in time"
    )
    assert (lost, twice_posted, twice_paid) == ([], [], [])
    assert not any(remix.posts or house.calls_for(remix) for remix in refused)
    for remix in remixes:
        if house.state_of(remix) == "delivered":
            remix.assert_served_once()
