"""Over the wire: a log channel that is forbidden, gone or in trouble harms no remix, and a kill repeats no entry."""

import asyncio
from contextlib import closing

import pytest

from bot.rules.log_problems import LogProblem
from bot.rules.policies import Policy
from bot.storage.engine.database import Database
from bot.storage.engine.migrations import migrate
from bot.storage.standing import policies
from tests.wire.bot_process import WITHIN_S
from tests.wire.loopback_discord import MEMBER, Answer, Hang, Permission, text_of


@pytest.fixture
def house(often_started):
    return often_started


def with_log_channel(house):
    """The server's admins have chosen it, before the bot is started."""
    channel = house.channel.guild.add_channel()
    url = f"sqlite:///{house.folder / 'remix.db'}"
    migrate(url)
    with closing(Database(url)) as database:
        database.transaction_now(policies.write, house.channel.guild.id, Policy(log_channel=channel.id))
    return channel


def posts_into(channel):
    return rf"/channels/{channel.id}/messages$"


def entries(channel):
    """Every remix that was ever told of, as its number was told."""
    lines = [line for message in channel.messages for line in text_of(message).splitlines()]
    return [line.split("`")[1] for line in lines if line.startswith("**Remix**")]


async def until_told_of(channel, count):
    await channel.watch.wait_for(lambda: len(entries(channel)) >= count, WITHIN_S, f"{count} entries")


async def served(house):
    remix = await house.remix()
    await remix.until_told("**Done.**")
    remix.assert_served_once()
    assert house.calls_for(remix) == 1


@pytest.mark.parametrize(
    ("outcome", "problem"),
    [
        (Answer(403, {"code": 50013, "message": "Missing Permissions"}), LogProblem.NOT_ALLOWED),
        (Answer(403, {"code": 50001, "message": "Missing Access"}), LogProblem.NOT_ALLOWED),
        (Answer(404, {"code": 10003, "message": "Unknown Channel"}), LogProblem.CHANNEL_GONE),
        (Answer(503), LogProblem.NO_REPLY),
    ],
    ids=["forbidden", "hidden", "gone", "503"],
)
async def test_remixes_go_on_while_the_log_cannot_be_written_and_a_restart_writes_what_waited(house, outcome, problem):
    channel = with_log_channel(house)
    fault = house.discord.faults.add("POST", posts_into(channel), outcome, times=None)
    bot = await house.start()
    await served(house)
    await bot.logged("a log channel cannot be written to")
    await served(house)
    assert house.rows("SELECT log_problem FROM servers") == [(problem,)]
    assert fault.hits == 1

    await bot.stop()
    await house.discord.disconnected(WITHIN_S)
    house.discord.faults.clear()
    await house.start()
    await until_told_of(channel, 2)
    await served(house)
    await until_told_of(channel, 3)
    assert entries(channel) == ["1", "2", "3"]
    assert house.rows("SELECT log_problem FROM servers") == [(None,)]


async def test_a_log_channel_without_the_permission_to_write_harms_no_remix(house):
    channel = with_log_channel(house)
    channel.set_bot_permissions(MEMBER & ~Permission.SEND_MESSAGES)
    bot = await house.start()
    await served(house)
    await bot.logged("a log channel cannot be written to")
    assert house.rows("SELECT log_problem FROM servers") == [(LogProblem.NOT_ALLOWED,)]


@pytest.mark.parametrize("after_effect", [False, True], ids=["before-the-effect", "after-the-effect"])
async def test_killed_while_an_entry_is_written_it_stands_there_exactly_once(house, after_effect):
    channel = with_log_channel(house)
    held = Hang(after_effect=after_effect)
    house.discord.faults.add("POST", posts_into(channel), held)
    bot = await house.start()
    await served(house)
    async with asyncio.timeout(WITHIN_S):
        await held.reached.wait()
    await served(house)
    assert len(entries(channel)) == after_effect
    await house.kill(bot)
    await house.start()
    await until_told_of(channel, 2)
    await served(house)
    await until_told_of(channel, 3)
    assert entries(channel) == ["1", "2", "3"]
