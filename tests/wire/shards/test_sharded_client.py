"""The client with several shards on a loopback Discord: each is resumed, hears of its servers, and keeps the pace."""

import asyncio
from types import SimpleNamespace

import pytest

from bot.discord_app import connection
from bot.discord_app.connection import DiscordRefusedError, MoreShardsNeededError, choose_sharding, stay_connected
from bot.discord_app.sharded_client import ShardedClient, Sharding
from bot.rules.roles import Shards
from tests.wire.loopback_discord import GATEWAY, Answer, Reset, new_guild_id
from tests.wire.loopback_discord.watch import Watch

COUNT = 4


class Departures:
    """Keeps what it was told."""

    def __init__(self, watch):
        self.looked = []
        self._watch = watch

    async def find_left_servers(self, present, covers):
        self.looked.append((sorted(present), covers))
        self._watch.changed()

    def bot_joined(self, _guild_id):
        pass


class Watched(ShardedClient):
    """A test can wait for what its events change."""

    def __init__(self, sharding):
        super().__init__(sync_nothing, sharding)
        self.watch = Watch()
        self.features = SimpleNamespace(departures=Departures(self.watch))
        self.gateway.on_change.append(self.watch.changed)

    def dispatch(self, *event, **more):
        super().dispatch(*event, **more)
        self.watch.changed()

    async def until(self, predicate):
        await self.watch.wait_for(predicate, 10, "an event")


async def sync_nothing(_tree):
    pass


@pytest.fixture
def servers(server):
    """One in each shard."""
    return [server.add_guild(guild_id=new_guild_id(shard, COUNT)) for shard in range(COUNT)]


@pytest.fixture
async def connect(pointed_here, servers):
    """Starts a client with these shards, and returns it once all are connected. The servers are there before."""
    running = []
    assert len(servers) == COUNT

    async def start(first, last, at_once=16):
        client = Watched(Sharding(Shards(first, last, COUNT), at_once))
        await client.login(pointed_here.world.token)
        running.append((client, asyncio.create_task(stay_connected(client))))
        async with asyncio.timeout(10):
            await client.wait_until_ready()
        return client

    yield start
    for client, connected in running:
        await client.close()
        connected.cancel()
        await asyncio.gather(connected, return_exceptions=True)


async def test_two_clients_share_the_servers_and_each_hears_of_its_own(connect, server, servers):
    one, other = await connect(0, 2), await connect(3, 3)
    assert server.gateway.connected_shards == {(shard, COUNT) for shard in range(COUNT)}
    assert {guild.id for guild in one.guilds} == {each.id for each in servers[:3]}
    assert {guild.id for guild in other.guilds} == {servers[3].id}
    joined = server.add_guild(guild_id=new_guild_id(3, COUNT))
    await other.until(lambda: other.get_guild(joined.id))
    assert one.get_guild(joined.id) is None
    for present, covers in one.features.departures.looked:
        assert all(map(covers, present))
        assert sum(covers(each.id) for each in servers) == 1


@pytest.mark.parametrize(("code", "refused"), [(None, 0), (4000, 0), (4000, 1)], ids=["reset", "closed", "refused"])
async def test_a_lost_shard_is_resumed_and_the_others_stay(connect, server, code, refused, monkeypatch):
    """Also if the gateway refuses the first attempt: then discord.py alone would begin a new session."""
    client = await connect(0, 3)
    seen = []
    client.gateway.on_change.append(lambda: seen.append((len(client.gateway.connected_shards), client.gateway.since)))
    monkeypatch.setattr("discord.backoff.ExponentialBackoff.delay", lambda _self: 0.01)
    if refused:
        server.faults.add("GET", GATEWAY, Answer(503), times=refused)
    await server.drop_gateway(shard=2, code=code)
    missed = server.add_guild(guild_id=new_guild_id(2, COUNT))
    await client.until(lambda: client.gateway.since is not None and seen)
    assert (server.gateway.resumed, server.gateway.identified) == (1, COUNT)
    assert seen[0] == (COUNT - 1, None)
    await client.until(lambda: client.get_guild(missed.id))


async def test_after_a_new_session_servers_that_were_left_meanwhile_are_forgotten(
    connect, server, servers, monkeypatch
):
    client = await connect(0, 3)

    async def at_once(*_, **__):
        pass

    monkeypatch.setattr(ShardedClient, "before_identify_hook", at_once)
    client.features.departures.looked.clear()
    await server.drop_gateway(shard=1, resumable=False)
    server.world.guilds.pop(servers[1].id)
    await client.until(lambda: client.features.departures.looked)
    ((present, covers),) = client.features.departures.looked
    assert present == []
    assert covers(servers[1].id)
    assert not covers(servers[2].id)
    assert client.get_guild(servers[1].id) is None
    assert client.get_guild(servers[2].id) is not None


async def test_sessions_begin_at_the_pace_that_discord_sets(connect, monkeypatch):
    now, slept = [1_000.0], []

    async def sleep(seconds):
        slept.append(round(seconds, 3))
        now[0] += seconds

    module = "bot.discord_app.sharded_client"
    monkeypatch.setattr(f"{module}.time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(f"{module}.asyncio", SimpleNamespace(sleep=sleep))
    await connect(0, 3, at_once=2)
    assert slept == [0, 0, 5, 0]


@pytest.mark.parametrize(
    ("recommended", "wanted", "chosen"),
    [
        (1, None, None),
        (3, None, Sharding(Shards(0, 2, 3), 16)),
        (1, Shards(0, 0, 1), None),
        (1, Shards(2, 3, 4), Sharding(Shards(2, 3, 4), 16)),
    ],
)
async def test_discord_is_asked_how_many_shards_there_must_be(pointed_here, recommended, wanted, chosen):
    pointed_here.world.recommended_shards = recommended
    assert await choose_sharding(pointed_here.world.token, None, wanted) == chosen


async def test_discord_is_asked_until_it_answers_but_not_with_a_wrong_token(pointed_here, monkeypatch):
    monkeypatch.setattr(connection, "_FIRST_WAIT_S", 0.0)

    pointed_here.faults.add("GET", r"/gateway/bot$", Answer(503))
    pointed_here.faults.add("GET", r"/gateway/bot$", Reset())
    assert await choose_sharding(pointed_here.world.token, None, None) is None
    with pytest.raises(DiscordRefusedError):
        await choose_sharding("another", None, None)


async def test_too_few_shards_are_told(pointed_here):
    pointed_here.world.least_shards = COUNT + 1
    client = ShardedClient(sync_nothing, Sharding(Shards(0, 0, COUNT)))
    async with client:
        await client.login(pointed_here.world.token)
        with pytest.raises(MoreShardsNeededError):
            await stay_connected(client)
