"""The client, a stand-in, and raw servers, each closed after its test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from ideogram_raw_server import KEY, RawServer, Script, picture

from bot.demo.ideogram_stand_in import IdeogramStandIn
from bot.ideogram.client import IdeogramClient
from bot.ideogram.wire import SourcePicture
from bot.rules.generations import IdeogramApi


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture
def raw(stack: AsyncExitStack) -> Callable[..., Awaitable[RawServer]]:
    async def start(script: Script, **options: bool) -> RawServer:
        raw_server = RawServer(script, **options)
        server = await asyncio.start_server(raw_server.serve, "127.0.0.1", 0)
        stack.callback(server.close)
        raw_server.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return raw_server

    return start


@pytest.fixture
def connect(stack: AsyncExitStack) -> Callable[..., Awaitable[IdeogramClient]]:
    async def start(
        url: str,
        *,
        api_key: str = KEY,
        timeout_s: float = 30.0,
        hosts: tuple[str, ...] = (),
        cap: int = 10_000_000,
        api: IdeogramApi = IdeogramApi.V1,
    ) -> IdeogramClient:
        client = IdeogramClient(
            api_url=url, api_key=api_key, timeout_s=timeout_s, image_hosts=hosts, max_result_bytes=cap, api=api
        )
        return await stack.enter_async_context(client)

    return start


@pytest.fixture
async def stand_in(stack: AsyncExitStack) -> IdeogramStandIn:
    server = await stack.enter_async_context(IdeogramStandIn(api_key=KEY))
    server.dials.long_side = 64
    return server


@pytest.fixture
async def client(stand_in: IdeogramStandIn, connect: Callable[..., Awaitable[IdeogramClient]]) -> IdeogramClient:
    return await connect(stand_in.url, hosts=(stand_in.image_host,))


@pytest.fixture
def source() -> SourcePicture:
    return picture()
