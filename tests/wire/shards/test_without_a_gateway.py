"""What a worker asks Discord by REST, where a process with a gateway looks into discord.py's cache."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.discord_app import connection
from bot.discord_app.client import RemixClient
from bot.discord_app.connection import DiscordRefusedError, log_in
from bot.discord_app.kit.sending import DEFAULT_FILE_LIMIT
from bot.discord_app.rest.file_limits import FileLimits
from bot.discord_app.server_log.channel import LogChannelPoster
from bot.rules.budgets import BudgetWarning, Period
from bot.rules.log_problems import LogProblem
from bot.rules.roles import Part, Role
from bot.use_cases.server_log.log_facts import BudgetSpent, NotWrittenError
from tests.wire.loopback_discord import MEMBER, MIB, Answer, Permission, Reset

SOON_S = 20
FACT = BudgetSpent(BudgetWarning(Period.DAY, 90, 900_000, 1_000_000, datetime(2026, 5, 1, tzinfo=UTC)))


async def sync_nothing(_tree):
    pass


class NoMatters:
    """The log channel's cards of matters, where none is open."""

    def is_for_moderators(self, _guild_id, _channel_id):
        return False


@pytest.fixture
async def client(pointed_here):
    """Logged in, and not connected."""
    client = RemixClient(sync_nothing)
    await client.login(pointed_here.world.token)
    yield client
    await client.close()


def asked(server, path):
    return [each.path for each in server.requests if each.method == "GET" and path in each.path]


async def test_a_wrong_token_is_told_at_the_log_in(pointed_here):
    assert pointed_here.world.token != "another"
    async with RemixClient(sync_nothing) as client:
        with pytest.raises(DiscordRefusedError):
            await log_in(client, "another")


async def test_a_token_that_is_reset_meanwhile_ends_a_worker_as_it_ends_a_gateway(pointed_here, client, monkeypatch):
    """And only that: a failing Discord does not."""
    monkeypatch.setattr(connection, "_ASK_EVERY_S", 0.01)
    for fault in (Answer(500), Reset(), Answer(403)):
        pointed_here.faults.add("GET", r"/users/@me$", fault)
    pointed_here.faults.add("GET", r"/users/@me$", Answer(401), times=None)
    async with asyncio.timeout(SOON_S):
        with pytest.raises(DiscordRefusedError, match="does not accept DISCORD_TOKEN"):
            await connection.stay_accepted(client)
    assert len(asked(pointed_here, "/users/@me")) >= 5


async def test_the_size_of_a_file_follows_the_boosts_and_is_asked_once_in_five_minutes(server, client):
    now = [0.0]
    guild, limits = server.add_guild(boost_tier=2), FileLimits(client, lambda: now[0])
    assert [await limits.of(guild.id) for _ in range(3)] == [50 * MIB] * 3
    assert len(asked(server, f"/guilds/{guild.id}")) == 1
    guild.boost_tier, now[0] = 3, 300.0
    assert await limits.of(guild.id) == 100 * MIB


async def test_without_an_answer_a_file_is_as_small_as_every_server_takes(server, client):
    limits, guild = FileLimits(client), server.add_guild(boost_tier=3)
    server.faults.add("GET", r"/guilds/\d+$", Answer(403))
    assert await limits.of(guild.id) == DEFAULT_FILE_LIMIT
    assert await limits.of(guild.id) == 100 * MIB
    assert await limits.of(1) == DEFAULT_FILE_LIMIT
    await client.close()
    assert await limits.of(2) == DEFAULT_FILE_LIMIT


async def test_a_log_is_written_in_its_own_server_alone(server, client, channel):
    poster, there = LogChannelPoster(client, Part(Role.WORKER).covers, NoMatters()), channel.guild.id
    for nonce in ("one", "two"):
        await poster.write(there, channel.id, [FACT], nonce)
    assert len(channel.standing) == 2
    assert len(asked(server, f"/channels/{channel.id}")) == 1
    other = server.add_guild()
    elsewhere = other.add_channel()
    with pytest.raises(NotWrittenError) as raised:
        await poster.write(there, elsewhere.id, [FACT], "three")
    assert raised.value.problem is LogProblem.ELSEWHERE
    assert elsewhere.messages == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda channel: channel.delete(), LogProblem.ELSEWHERE),
        (lambda channel: channel.set_bot_permissions(MEMBER & ~Permission.VIEW_CHANNEL), LogProblem.NOT_ALLOWED),
        (lambda channel: channel.set_bot_permissions(MEMBER & ~Permission.SEND_MESSAGES), LogProblem.NOT_ALLOWED),
    ],
)
async def test_what_is_wrong_with_a_log_channel_is_found_without_a_cache(client, channel, change, problem):
    change(channel)
    with pytest.raises(NotWrittenError) as raised:
        await LogChannelPoster(client, Part(Role.WORKER).covers, NoMatters()).write(
            channel.guild.id, channel.id, [FACT], "one"
        )
    assert raised.value.problem is problem


@pytest.mark.timeout(20)
async def test_requests_beyond_the_share_are_held_back(server, client, guild):
    now, due = [client.requests._now() + 60], []
    client.requests.share, client.requests._now = lambda: 2, lambda: now[0]
    client.requests._call_later = lambda _seconds, call: due.append(call)
    # discord.py sends one request of a kind to a channel at a time.
    sent = [asyncio.create_task(client.http.get_channel(guild.add_channel().id)) for _ in range(3)]
    await server.wait_for_request("GET", r"/channels/\d+$", times=2)
    assert len(client.requests._waiting) == 1
    now[0] += 1
    due.pop()()
    await asyncio.gather(*sent)
    assert len(asked(server, "/channels/")) == 3
