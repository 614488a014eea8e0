"""One gateway with two shards and two workers on PostgreSQL, each a process: they serve everybody once, also killed."""

import asyncio

import pytest

from bot.discord_app.remixes.words import PRIVATELY
from bot.monitoring.health_file import Phase, read_health
from bot.storage.engine.read_only import read_snapshot
from bot.use_cases.operator.audit_ledger import audit
from tests.chaos.kills import PARKED
from tests.wire.bot_process import RECONNECTING, WITHIN_S
from tests.wire.loopback_discord import Answer, new_guild_id

SHARDS = 2
A_LONG_TIME_S = 600


@pytest.fixture
def house(often_started):
    often_started.expected_errors.add(RECONNECTING)
    often_started.discord.world.recommended_shards = SHARDS
    return often_started


@pytest.fixture
def url(postgresql):
    return postgresql.url(postgresql.create("migrated"))


@pytest.fixture
def launch(house, url):
    async def launch(role):
        health = house.folder / f"health-{len(house.processes)}.json"
        settings = {"DATABASE_URL": url, "PROCESS_LEASE_S": 2, "HEALTH_FILE": health}
        return await house.launch("run", "--role", role, **settings)

    return launch


async def test_asked_at_the_gateway_made_by_the_workers_once_each_whoever_is_killed(house, launch, url):
    channels = [house.discord.add_guild(guild_id=new_guild_id(n, SHARDS)).add_channel() for n in range(SHARDS)]
    gateway, *workers = [await launch(role) for role in ("gateway", "worker", "worker")]
    for process in (gateway, *workers):
        await process.logged("ready")
    assert house.discord.gateway.connected_shards == {(0, 2), (1, 2)}
    served = [await house.remix(channel=channels[n % SHARDS]) for n in range(4)]
    for remix in served:
        await remix.until_told("**Done.**")
    # Where a worker may not post, it puts the picture into the reply to the command that the gateway took.
    closed = house.discord.add_guild(guild_id=new_guild_id(1, SHARDS)).add_channel()
    house.discord.faults.add("POST", rf"/channels/{closed.id}/messages$", Answer(403, {"code": 50013}), times=None)
    private = await house.remix(channel=closed)
    await private.until_told(PRIVATELY)
    private.assert_has_picture(private.interaction.original)

    # A worker dies with paid calls in hand: it parks them, or the other one makes what it had not begun.
    house.ideogram.dials.latency_s = A_LONG_TIME_S
    asked = [await house.accepted(channel=channels[n % SHARDS]) for n in range(4)]
    await house.ideogram.until_running(4)
    await workers[0].kill()
    house.ideogram.dials.latency_s = 0
    house.ideogram.release()
    await asyncio.gather(*(told_the_end(remix) for remix in asked))

    # The gateway dies while a remix is made. The next one tells its author.
    house.ideogram.dials.latency_s = A_LONG_TIME_S
    between = await house.accepted(channel=channels[0])
    await house.ideogram.until_running(1)
    await house.kill(gateway)
    house.ideogram.dials.latency_s = 0
    gateway = await launch("gateway")
    await gateway.logged("ready")
    await between.until_told("**Done.**")
    last = await house.remix(channel=channels[1])
    await last.until_told("**Done.**")

    parked = [remix for remix in asked if PARKED in remix.told]
    for remix in {*house.remixes} - {*parked, private}:
        remix.assert_served_once()
    assert all(house.calls_for(remix) == 1 for remix in house.remixes)
    assert not any(remix.posts for remix in parked)
    for process in (gateway, workers[1]):
        assert await process.stop() == 0
    assert list(read_snapshot(url, audit).violations) == []
    gateway, worker = (read_health(house.folder / f"health-{n}.json") for n in (0, 1))
    assert (gateway.role, gateway.shards_connected, gateway.worker_alive) == ("gateway", SHARDS, None)
    # Both were killed.
    assert (worker.role, worker.phase, worker.worker_alive) == ("worker", Phase.RUNNING, True)


async def told_the_end(remix):
    await remix.interaction.wait_for(lambda _: "**Done.**" in remix.told or PARKED in remix.told, WITHIN_S)
