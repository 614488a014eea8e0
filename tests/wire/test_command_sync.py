"""Discord is told of the commands once for each application and scope, and takes back what is not wanted any more."""

import asyncio
from contextlib import asynccontextmanager

import discord
import pytest
from discord import app_commands

from bot.discord_app import command_sync
from bot.discord_app.command_sync import SyncMemory, keep_recalling, sync_changed
from bot.discord_app.kit.command_mentions import command_mention, remember_ids
from bot.storage.engine.synced_commands import Synced
from tests.integration.processes.made_processes import until
from tests.wire.loopback_discord import Answer
from tests.wire.loopback_discord.model import new_id

SOON_S = 20
MISSING_ACCESS = Answer(403, {"code": 50001, "message": "Missing Access"})
EVERYWHERE = r"/applications/\d+/commands$"


class Notebook:
    """What is remembered from one start to the next."""

    def __init__(self):
        self.known = {}

    async def read(self):
        return dict(self.known)

    async def write(self, scope, fingerprint):
        self.known.pop(scope, None)
        if fingerprint is not None:
            self.known[scope] = fingerprint


@pytest.fixture
def notebook():
    return Notebook()


@pytest.fixture
def start(pointed_here, notebook):
    """A start of a bot with one command, which is synced to these servers, or globally."""

    async def started(*guild_ids, says="Waves back"):
        async with logged_in(pointed_here.world.token) as client:
            tree = app_commands.CommandTree(client)

            @tree.command(name="wave", description=says)
            async def wave(interaction: discord.Interaction) -> None: ...

            await sync_changed(tree, frozenset(guild_ids), SyncMemory(notebook.read, notebook.write))

    return started


@asynccontextmanager
async def logged_in(token):
    async with discord.Client(intents=discord.Intents.none()) as client:
        await client.login(token)
        yield client


def told(server, scope):
    """What the commands say there."""
    return [command["description"] for command in server.world.commands.get(scope, [])]


async def test_commands_are_synced_once_and_again_only_when_they_have_changed(server, start):
    await start()
    await start()
    assert server.world.syncs == [None]
    await start(says="Waves with both hands")
    assert server.world.syncs == [None, None]
    assert told(server, None) == ["Waves with both hands"]


async def test_commands_that_another_program_replaced_are_synced_again(server, start):
    await start()
    server.world.commands[None] = []
    await start()
    assert server.world.syncs == [None, None]
    assert told(server, None) == ["Waves back"]


async def test_a_refused_look_at_the_commands_changes_nothing(server, start):
    await start()
    server.faults.add("GET", EVERYWHERE, MISSING_ACCESS)
    await start()
    assert server.world.syncs == [None]


async def test_another_application_is_told_anew_and_the_first_is_not_told_again(server, start):
    first = server.world.application_id
    await start()
    server.world.application_id = new_id()
    await start()
    assert server.world.syncs == [None, None]
    server.world.application_id = first
    await start()
    assert server.world.syncs == [None, None]


async def test_each_server_is_told_once(server, guild, start):
    other = server.add_guild()
    await start(guild.id)
    await start(guild.id, other.id)
    assert server.world.syncs == [guild.id, other.id]
    assert told(server, guild.id) == told(server, other.id) == ["Waves back"]


async def test_without_servers_of_its_own_the_commands_are_global_and_taken_back_from_the_server(server, guild, start):
    await start(guild.id)
    await start()
    await start()
    assert server.world.syncs == [guild.id, None, guild.id]
    assert (told(server, None), told(server, guild.id)) == (["Waves back"], [])


async def test_a_server_whose_commands_were_taken_back_is_told_anew(server, guild, start):
    await start(guild.id)
    await start()
    await start(guild.id)
    assert told(server, guild.id) == ["Waves back"]


async def test_another_applications_servers_are_left_alone(server, guild, start):
    await start(guild.id)
    server.world.application_id = new_id()
    await start()
    assert server.world.syncs == [guild.id, None]


async def test_what_one_server_refuses_stops_no_other_and_is_tried_at_the_next_start(server, guild, start, notebook):
    closed = server.add_guild()
    server.faults.add("PUT", rf"/guilds/{closed.id}/commands$", MISSING_ACCESS)
    await start(closed.id, guild.id)
    assert server.world.syncs == [guild.id]
    assert len(notebook.known) == 1
    await start(closed.id, guild.id)
    assert server.world.syncs == [guild.id, closed.id]


async def test_commands_that_a_server_would_not_give_back_are_taken_back_at_the_next_start(server, guild, start):
    await start(guild.id)
    server.faults.add("PUT", rf"/guilds/{guild.id}/commands$", MISSING_ACCESS)
    await start()
    assert told(server, guild.id) == ["Waves back"]
    await start()
    assert told(server, guild.id) == []


async def test_a_refused_global_sync_is_tried_at_the_next_start(server, start, notebook):
    server.faults.add("PUT", EVERYWHERE, MISSING_ACCESS)
    await start()
    assert (server.world.syncs, notebook.known) == ([], {})
    await start()
    assert server.world.syncs == [None]


async def test_the_ids_of_the_commands_are_known_after_a_start_without_a_sync(server, start):
    await start()
    remember_ids([])
    await start()
    (synced,) = server.world.commands[None]
    assert command_mention("wave") == f"</wave:{synced['id']}>"
    assert len(server.world.syncs) == 1


async def test_a_worker_follows_the_ids_that_a_gateway_syncs_later(pointed_here, notebook, monkeypatch):
    monkeypatch.setattr(command_sync, "_LOOK_EVERY_S", 0.01)
    async with logged_in(pointed_here.world.token) as client:
        memory = SyncMemory(notebook.read, notebook.write)
        following = asyncio.create_task(keep_recalling(app_commands.CommandTree(client), memory))
        for number in (71, 72):
            await notebook.write(f"{client.application_id}:global", Synced("x", {"remix": number}))
            async with asyncio.timeout(SOON_S):
                await asyncio.to_thread(until, lambda number=number: command_mention("remix") == f"</remix:{number}>")
        following.cancel()
