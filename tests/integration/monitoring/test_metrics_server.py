"""Whoever can reach METRICS_LISTEN cannot take the bot's files away, which the database and paid calls need."""

import asyncio
from contextlib import aclosing, asynccontextmanager

import aiohttp

from bot.monitoring.server import Server

MOST = 32


@asynccontextmanager
async def serving(**options):
    """A server, and a function that connects to it and sends half a request."""

    async def read_text():
        return b"text"

    server, opened = Server(lambda: None, read_text, **options), []
    port = await server.start("127.0.0.1", 0)

    async def connect():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        opened.append(writer)
        writer.write(b"GET /metrics HTTP/1.1\r\n")
        return reader

    server.aclose = server.close
    async with aclosing(server):
        yield server, port, connect, opened
        for writer in opened:
            writer.close()


async def test_connections_that_ask_nothing_are_few():
    async with serving() as (server, port, connect, opened):
        slow = [await connect() for _ in range(MOST)]
        async with asyncio.timeout(10):
            assert await (await connect()).read() == b""
        assert not any(reader.at_eof() for reader in slow)
        for writer in opened:
            writer.close()
        async with asyncio.timeout(10):
            while server._runner.server.connections:  # noqa: ASYNC110 - aiohttp tells nobody of an end
                await asyncio.sleep(0)
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as response:
            assert await response.text() == "text"


async def test_a_connection_without_a_whole_request_is_closed():
    async with serving(idle_s=0.05) as (_, _, connect, _):
        async with asyncio.timeout(10):
            assert await (await connect()).read() == b""
