"""Over the wire: a member is kicked or banned, or the bot is removed, while a remix waits."""

import asyncio
import sqlite3
from contextlib import closing

from tests.wire.bot_process import WITHIN_S

TWO_MINUTES_US = 120_000_000
A_MEMBER = r"/guilds/\d+/members/\d+$"


async def one_waits(house, **settings):
    """A bot with one slot that is taken, and a remix that waits behind it."""
    bot = await house.start(IDEOGRAM_MAX_IN_FLIGHT=1, COOLDOWN_S=0, **settings)
    house.ideogram.dials.latency_s = 600
    ahead = await house.accepted()
    async with asyncio.timeout(WITHIN_S):
        await house.ideogram.until_running(1)
    waiting = await house.accepted()
    return bot, ahead, waiting


def let_calls_go(house):
    house.ideogram.dials.latency_s = 0
    house.ideogram.release()


def make_older(house, remix):
    """As if it had been accepted two minutes before. No bot runs."""
    with closing(sqlite3.connect(house.folder / "remix.db")) as connection, connection:
        older = "UPDATE jobs SET accepted_at = accepted_at - ? WHERE interaction_id = ?"
        connection.execute(older, (TWO_MINUTES_US, remix.interaction.id))


def assert_ended_uncharged(house, remix):
    assert (house.state_of(remix), house.money_of(remix)) == ("failed", ("released", None))
    assert (house.calls_for(remix), remix.posts) == (0, [])


async def test_the_waiting_remix_of_a_kicked_member_ends_uncharged(often_started):
    house = often_started
    bot, _, remix = await one_waits(house)
    await house.kill(bot)
    make_older(house, remix)
    house.channel.guild.gone.add(remix.user.id)
    let_calls_go(house)
    await house.start(IDEOGRAM_MAX_IN_FLIGHT=1)
    await remix.until_told("You're no longer in that server")
    await house.discord.wait_for_request("GET", A_MEMBER, status=404)
    assert_ended_uncharged(house, remix)


async def test_who_is_still_a_member_after_a_long_wait_is_served(often_started):
    house = often_started
    bot, _, remix = await one_waits(house)
    await house.kill(bot)
    make_older(house, remix)
    let_calls_go(house)
    await house.start(IDEOGRAM_MAX_IN_FLIGHT=1)
    await remix.until_told("**Done.**")
    await house.discord.wait_for_request("GET", A_MEMBER)
    remix.assert_served_once()


async def test_a_ban_ends_the_waiting_remix_at_once(often_started):
    house = often_started
    _, ahead, remix = await one_waits(house)
    house.discord.ban(remix.user, house.channel.guild)
    await remix.until_told("You're no longer in that server")
    let_calls_go(house)
    await ahead.until_told("**Done.**")
    assert_ended_uncharged(house, remix)


async def test_a_bot_that_is_removed_ends_what_waits_and_works_again_when_it_is_invited(often_started):
    house = often_started
    _, ahead, remix = await one_waits(house)
    house.discord.remove_bot(house.channel.guild)
    await remix.until_told("I was removed from that server")
    let_calls_go(house)
    await ahead.until_told("kept it for you")
    assert_ended_uncharged(house, remix)
    assert ahead.posts == []
    house.discord.invite_bot_again(house.channel.guild)
    following = await house.remix()
    await following.until_told("**Done.**")
    following.assert_served_once()


async def test_a_removal_while_the_bot_is_off_is_found_when_it_connects(often_started):
    house = often_started
    bot, _, remix = await one_waits(house)
    await house.kill(bot)
    house.discord.remove_bot(house.channel.guild)
    await house.start(IDEOGRAM_MAX_IN_FLIGHT=1)
    await remix.until_told("I was removed from that server")
    assert_ended_uncharged(house, remix)


async def test_an_outage_of_discord_ends_nothing(often_started):
    house = often_started
    _, ahead, remix = await one_waits(house)
    house.discord.make_unavailable(house.channel.guild)
    let_calls_go(house)
    await ahead.until_told("**Done.**")
    await remix.until_told("**Done.**")
