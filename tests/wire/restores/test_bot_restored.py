"""A backup with open remixes is restored hours of work later: nothing is paid, posted or announced a second time."""

import asyncio
import shutil

import pytest

from tests.wire.bot_process import WITHIN_S
from tests.wire.loopback_discord import Message

A_LONG_TIME_S = 600
PRICE = 60_000


@pytest.fixture
def house(often_started):
    # Discord has forgotten every nonce: after hours only the message itself can be found.
    often_started.discord.world.nonce_window_s = 0
    return often_started


async def backed_up_with_open_remixes(house):
    """One is made and not posted, one is being made, one waits. After the backup all are served, and one more."""
    house.ideogram.dials.fail.append("link-hangs-once")
    bot = await house.start(IDEOGRAM_MAX_IN_FLIGHT=1)
    made = await house.accepted()
    async with asyncio.timeout(WITHIN_S):
        await house.ideogram.until_link_hangs()
    house.ideogram.dials.latency_s = A_LONG_TIME_S
    asked = await house.accepted()
    await house.ideogram.until_running(1)
    queued = await house.accepted()
    states = [house.state_of(remix) for remix in (made, asked, queued)]
    assert states == ["generated", "generating", "queued"]
    assert await (await house.launch("backup", "copy")).ended() == 0
    house.ideogram.dials.latency_s = 0
    house.ideogram.release()
    for remix in (made, asked, queued):
        await remix.until_told("**Done.**")
    later = await house.accepted()
    await later.until_told("**Done.**")
    return bot, (made, asked, queued, later)


async def test_after_a_restore_nothing_is_paid_posted_or_announced_twice(house):
    bot, served = await backed_up_with_open_remixes(house)
    made, asked, queued, later = served
    await house.kill(bot)
    # The bot looks at a thousand messages back, and a busy channel has had more by now.
    person = house.discord.add_user("chatty")
    house.channel.messages += [Message(house.channel, person, "hi") for _ in range(1_001)]
    last = house.rows("SELECT max(id) FROM jobs")[0][0]
    assert await (await house.launch("restore", "copy")).ended() == 0
    await house.start()
    new = await house.accepted()
    await new.until_told("**Done.**")
    await house.until_listed(made, "[done]")
    for remix in (*served, new):
        assert house.calls_for(remix) == 1
        # Neither a second card nor a sentence that it failed.
        (post,) = remix.posts
        remix.assert_has_picture(post)
    assert [house.state_of(remix) for remix in (made, asked, queued, later)] == [
        *("delivered", "outcome_unknown", "failed"),
        None,
    ]
    await house.until_listed(queued, "restore a backup")
    (number,) = house.rows(f"SELECT id FROM jobs WHERE interaction_id = {new.interaction.id}")[0]  # noqa: S608 - a number
    assert number == last + 1
    # Today's budget counts all five, though the database knows two of them no more.
    spent = house.rows("SELECT sum(micros) FROM spending WHERE length(period) = 10")
    assert spent == [(5 * PRICE,)]
    assert await (await house.launch("audit")).ended() == 0


async def test_a_file_that_was_copied_over_stops_the_start_until_it_is_settled_in_place(house):
    """The restore that was documented before."""
    bot, served = await backed_up_with_open_remixes(house)
    assert await bot.stop() == 0
    await house.discord.disconnected(WITHIN_S)
    shutil.copyfile(house.folder / "copy" / "remix.db", house.folder / "remix.db")
    refused = await house.launch()
    assert await refused.ended() == 2
    assert "restore --in-place" in "\n".join(refused.lines)
    assert await (await house.launch("restore", "--in-place", "--spent-usd", "0.12")).ended() == 0
    await house.start()
    await house.until_listed(served[0], "[done]")
    for remix in served:
        assert (house.calls_for(remix), len(remix.posts)) == (1, 1)
