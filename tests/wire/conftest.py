"""A loopback Discord with one server, one channel and one person, and a tiny bot that is logged in there."""

import asyncio
import contextlib

import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.chaos.forked_bots import Nest, nest_process
from tests.wire.bot_process import open_house
from tests.wire.loopback.tiny_bot import TinyBot
from tests.wire.loopback_discord import LoopbackDiscord


@pytest.fixture
async def server():
    async with LoopbackDiscord() as running:
        yield running


@pytest.fixture
def guild(server):
    return server.add_guild()


@pytest.fixture
def channel(guild):
    return guild.add_channel()


@pytest.fixture
def mia(server):
    return server.add_user("mia")


@pytest.fixture
def pointed_here(server, monkeypatch):
    """discord.py in this process talks to the loopback server."""
    monkeypatch.setattr(Route, "BASE", server.api_url)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway_url))
    return server


@pytest.fixture(scope="session")
def nest_link():
    """To the process that the bots of `often_started` are forked from."""
    with nest_process() as link:
        yield link


@pytest.fixture
async def often_started(tmp_path, nest_link):
    """A house whose bots start quickly, for tests that end them and start them anew. Each is a process of its own."""
    async with open_house(tmp_path) as house:
        house.starter = Nest(nest_link).launch
        yield house


@pytest.fixture
async def bot(pointed_here, channel):
    """Logged in, and knowing the channel."""
    tiny = TinyBot()
    running = asyncio.create_task(tiny.start(pointed_here.world.token))
    await asyncio.wait_for(tiny.known.wait(), 10)
    assert tiny.get_channel(channel.id) is not None
    yield tiny
    await tiny.close()
    with contextlib.suppress(asyncio.CancelledError):
        await running
