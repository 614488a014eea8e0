"""The bot's start as its own process: what it tries again, what ends it, and what it says then."""

import sqlite3
from contextlib import closing

import pytest

from bot import __version__
from tests.wire.bot_process import RECONNECTING, open_house
from tests.wire.loopback_discord import GATEWAY, Answer

OWN_USER = r"/users/@me$"
COMMANDS = r"/applications/\d+/commands$"


@pytest.fixture
async def house(tmp_path):
    async with open_house(tmp_path) as opened:
        yield opened


async def test_a_log_in_and_a_first_connection_that_fail_are_tried_again_until_they_work(house):
    house.discord.faults.add("GET", OWN_USER, Answer(503))
    house.discord.faults.add("GET", GATEWAY, Answer(503))
    house.expected_errors.add(RECONNECTING)
    bot = await house.launch()
    await bot.logged("cannot log in to Discord, will retry")
    await bot.logged("cannot connect to Discord, will retry")
    remix = await served_once_it_is_there(house, bot)
    remix.assert_served_once()
    (ready,) = [event for event in bot.events if event["event"] == "ready"]
    assert ready["servers"] == 1
    # discord.py warned at each start that libraries for voice are missing. The bot has no voice.
    assert [event for event in bot.events if "voice" in event["event"]] == []


async def served_once_it_is_there(house, bot):
    await bot.logged("ready")
    await house.discord.ready(40)
    remix = await house.remix()
    await remix.until_told("**Done.**")
    return remix


async def test_a_wrong_token_ends_with_exit_code_2_and_one_line_that_does_not_tell_it(house):
    bot = await house.launch(DISCORD_TOKEN="another-made-up-token")
    assert await bot.ended() == 2
    assert bot.told == ["Discord does not accept DISCORD_TOKEN. Check the token in the Discord Developer Portal."]
    assert "another-made-up-token" not in "".join(bot.lines)


async def test_a_bot_that_the_gateway_refuses_was_never_ready_and_says_at_the_start_what_it_is(house):
    house.discord.faults.add("GET", GATEWAY, Answer(503))
    house.expected_errors.add(RECONNECTING)
    bot = await house.launch(MONTHLY_BUDGET_USD="7.50", ALLOWED_GUILD_IDS="1,2")
    await bot.logged("cannot connect to Discord, will retry")
    house.discord.world.token = "reset-since-the-log-in"
    assert await bot.ended() == 2
    assert [event for event in bot.events if event["event"] == "ready"] == []
    assert [line for line in bot.told if "does not accept DISCORD_TOKEN (code 4004)" in line]
    (start,) = [event for event in bot.events if event["event"] == "starting"]
    assert (start["version"], start["api"], start["allowed_servers"]) == (__version__, "v1", 2)
    assert start["database"] == str(house.folder / "remix.db")
    assert start["pictures"] == str(house.folder / "blobs")
    assert start["api_host"] == house.ideogram.url.removeprefix("http://")
    assert start["budgets_usd"] == {
        "daily": "none",
        "monthly": "7.50",
        "server_daily": "none",
        "person_daily": "none",
    }


@pytest.mark.parametrize(
    ("settings", "warns"), [({}, True), ({"MONTHLY_BUDGET_USD": "5"}, False), ({"ALLOWED_GUILD_IDS": "1"}, False)]
)
async def test_a_start_that_lets_strangers_spend_without_a_limit_is_warned_of(house, settings, warns):
    bot = await house.launch(DISCORD_TOKEN="another-made-up-token", **settings)
    assert await bot.ended() == 2
    told = [event for event in bot.events if event["event"].startswith("every server can invite the bot")]
    assert [event["level"] for event in told] == ["warning"] * warns


async def test_a_token_that_is_reset_while_the_bot_runs_ends_it_and_what_is_paid_is_posted_with_the_new_one(house):
    house.ideogram.dials.latency_s = 600
    bot = await house.start()
    remix = await house.accepted()
    await remix.until_told("**Making it now.**")
    house.discord.world.token = "a-new-made-up-token"
    await house.discord.drop_gateway(resumable=False)
    await bot.logged("stopping: taking no new work, waiting for paid calls")
    house.ideogram.release()
    assert await bot.ended() == 2
    assert [line for line in bot.told if "4004" in line and "Discord Developer Portal" in line]
    assert house.state_of(remix) == "generated"
    await house.start()
    await remix.until_told("**Done.**")
    remix.assert_served_once()
    assert house.calls_for(remix) == 1


async def test_wrong_and_missing_settings_end_with_exit_code_2_and_a_line_each(house):
    bot = await house.launch(DISCORD_TOKEN=None, IDEOGRAM_MAX_IN_FLIGHT="many", COOLDOWN_S=-1)
    assert await bot.ended() == 2
    assert [line.split()[0] for line in bot.told] == ["DISCORD_TOKEN", "COOLDOWN_S", "IDEOGRAM_MAX_IN_FLIGHT"]
    assert house.discord.requests == []


async def test_a_second_process_on_the_same_database_ends_with_a_clear_line_and_the_first_goes_on(house):
    await house.start()
    second = await house.launch()
    assert await second.ended() == 1
    assert second.told == ["Cannot run: another remix-bot is running on remix.db: stop it first"]
    remix = await house.remix()
    await remix.until_told("**Done.**")
    remix.assert_served_once()
    assert house.discord.gateway.identified == 1


async def test_the_commands_are_synced_when_they_have_changed_and_only_then(house):
    await house.kill(await house.start())
    assert house.discord.world.syncs == [None]
    make_fingerprint_old(house)
    await house.kill(await house.start())
    assert house.discord.world.syncs == [None, None]
    await house.kill(await house.start())
    assert house.discord.world.syncs == [None, None]
    names = {command["name"] for command in house.discord.world.commands[None]}
    moderators = {"remix-mod", "remix-config", "Hide remix", "Remove remix"}
    members = {"remix", "my-remixes", "remix-help", "remix-privacy", "remix-appeal"}
    members |= {"Remix picture", "Remix avatar", "Report remix"}
    assert names == members | moderators


def make_fingerprint_old(house):
    with closing(sqlite3.connect(house.folder / "remix.db")) as connection, connection:
        changed = connection.execute("UPDATE synced_commands SET fingerprint = 'of an older version'").rowcount
    assert changed == 1


async def test_a_sync_that_discord_refuses_is_logged_and_the_bot_works_all_the_same(house):
    await house.kill(await house.start())
    make_fingerprint_old(house)
    house.discord.faults.add("PUT", COMMANDS, Answer(403, {"code": 50001, "message": "Missing Access"}), times=None)
    bot = await house.start()
    (logged,) = [event for event in bot.events if event["event"] == "Discord rejected the commands"]
    assert logged["level"] == "error"
    remix = await house.remix()
    await remix.until_told("**Done.**")
    remix.assert_served_once()
    await house.kill(bot)
    house.discord.faults.clear()
    await house.start()
    assert house.discord.world.syncs == [None, None]
