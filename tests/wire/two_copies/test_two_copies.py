"""Two copies of the bot with one token in two folders: Discord sends each interaction to both, and one acts on it."""

import asyncio

import aiohttp
import pytest
from aiohttp import web

from bot.discord_app.acknowledgements import Acknowledgements
from tests.wire.bot_process import WITHIN_S, House
from tests.wire.loopback_discord import text_of

SEEN = "another process has answered an interaction, so nothing is done for it"


async def until_both_run(first, folder, **settings):
    folder.mkdir()
    second = House(first.discord, first.ideogram, folder, first.channel, starter=first.starter)
    await first.start(**settings)
    first.processes.append(await second.start(**settings))
    return second


def warnings_in(office):
    return [text_of(message) for message in office.messages if "A second copy of me" in text_of(message)]


def accepted(copies):
    """The interactions of all remixes in all databases."""
    return [row[0] for copy in copies for row in copy.rows("SELECT interaction_id FROM jobs")]


def dropped(house):
    """The interactions that a copy has left to the other."""
    return [each["interaction"] for bot in house.processes for each in bot.events if each["event"] == SEEN]


async def test_each_remix_is_paid_for_once_and_the_operator_hears_of_the_copy(often_started, tmp_path):
    house = often_started
    office = next(iter(house.discord.world.guilds.values())).add_channel("office")
    second = await until_both_run(house, tmp_path / "elsewhere", OPERATOR_CHANNEL_ID=office.id, COOLDOWN_S=0)
    remixes = [await house.remix() for _ in range(6)]
    await asyncio.gather(*(remix.until_told("**Done.**") for remix in remixes))
    copies, ids = (house, second), {remix.interaction.id for remix in remixes}
    async with asyncio.timeout(WITHIN_S):
        # Each copy has accepted or dropped each of them. Looking is another interaction that both get.
        while len(accepted(copies)) + len([each for each in dropped(house) if each in ids]) < 2 * len(remixes):
            await house.my_remixes(remixes[0])
    assert sorted(accepted(copies)) == sorted(ids)
    await office.watch.wait_for(lambda: warnings_in(office) != [], WITHIN_S, "a warning in the operator's channel")
    assert [house.calls_for(remix) for remix in remixes] == [1] * len(remixes)
    for remix in remixes:
        remix.assert_served_once()
        assert sum(each.state_of(remix) == "delivered" for each in copies) == 1
    # One from each copy that was too late at least once.
    losers = [bot for bot in house.processes if any(event["event"] == SEEN for event in bot.events)]
    assert len(warnings_in(office)) <= len(losers)


async def test_an_interaction_that_is_sent_again_to_the_same_process_is_no_second_copy(often_started):
    """Discord replays events after a RESUME."""
    house = often_started
    bot = await house.start()
    remix = await house.remix()
    await remix.until_told("**Done.**")
    (session,) = house.discord.gateway.sessions.values()
    (event,) = [each for each in session.events if each["t"] == "INTERACTION_CREATE"]
    session.send(event)
    following = await house.remix()
    await following.until_told("**Done.**")
    assert [house.calls_for(each) for each in (remix, following)] == [1, 1]
    assert [each for each in bot.events if each["event"] in {SEEN, "an alarm has begun"}] == []


ALREADY = 400
LOST = 0
"""The connection ends without an answer."""


@pytest.mark.parametrize(
    ("answers", "may_be_ours"),
    [
        ([ALREADY], False),
        ([429, ALREADY], False),
        ([200, ALREADY], True),
        ([503, ALREADY], True),
        ([LOST, ALREADY], True),
        ([429, 500, 429, ALREADY], True),
    ],
)
async def test_only_a_request_that_discord_has_not_refused_may_have_acknowledged_it(answers, may_be_ours):
    left = list(answers)

    async def answer(request):
        status = left.pop(0)
        if status == LOST:
            request.transport.close()
        return web.Response(status=status or 200)

    app, acknowledgements = web.Application(), Acknowledgements()
    app.router.add_post("/api/v10/interactions/{id}/{token}/callback", answer)
    app.router.add_post("/api/v10/channels/{id}/messages", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/api/v10"
    async with aiohttp.ClientSession(trace_configs=[acknowledgements.trace()]) as session:
        for _ in answers:
            try:
                async with session.post(f"{url}/interactions/7/token/callback"):
                    pass
            except aiohttp.ClientError:
                pass
    await runner.cleanup()
    assert (acknowledgements.may_be_ours(7), acknowledgements.may_be_ours(8)) == (may_be_ours, False)
