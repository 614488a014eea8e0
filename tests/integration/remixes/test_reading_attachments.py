"""Attached pictures are read in pieces: what a sender claims, and how slowly a server sends, holds nobody else up."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from aiohttp import web

from bot.discord_app.kit import attachments
from bot.discord_app.kit.attachments import AttachmentReader, CdnReader
from bot.rules.refusals import Reason, Refused

PICTURE = bytes(range(256)) * 400
SIZE = len(PICTURE)
MAX = 200_000


@dataclass
class Attachment:
    url: str
    size: int = SIZE


class Cdn:
    """`/picture`, `/endless`, `/drip`, `/hangs`, `/redirect`, `/gone`; counts the bytes that it has sent."""

    def __init__(self):
        self.sent = 0
        self.headers = []
        self.asked = asyncio.Event()
        self.let_go = asyncio.Event()

    async def handle(self, request):
        self.headers.append(request.headers)
        self.asked.set()
        name = request.path.strip("/")
        if name == "redirect":
            raise web.HTTPFound("/picture")
        if name == "gone":
            raise web.HTTPNotFound
        if name == "picture":
            return web.Response(body=PICTURE)
        response = web.StreamResponse()
        await response.prepare(request)
        piece, pause = {"endless": (bytes(50_000), 0), "drip": (b"x", 0.02), "hangs": (b"x", 3600)}[name]
        while not self.let_go.is_set():
            await response.write(piece)
            self.sent += len(piece)
            with_pause = asyncio.create_task(self.let_go.wait())
            await asyncio.wait([with_pause], timeout=pause)
            with_pause.cancel()
        return response


@pytest.fixture
async def cdn():
    served = Cdn()
    app = web.Application()
    app.router.add_get("/{name}", served.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    served.host = f"127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
    yield served
    served.let_go.set()
    await runner.cleanup()


@asynccontextmanager
async def reader_of(cdn, *, budget=10 * MAX, hosts=None):
    pieces = CdnReader(hosts if hosts is not None else {cdn.host})
    try:
        yield AttachmentReader(pieces.open, max_file_bytes=MAX, budget_bytes=budget)
    finally:
        await pieces.aclose()


async def read(reader, cdn, name, size=SIZE):
    async with reader.reading(Attachment(f"http://{cdn.host}/{name}", size)) as picture:
        return picture


@pytest.fixture
def hasty(monkeypatch):
    monkeypatch.setattr(attachments, "_SLOW_START_S", 0.2)
    monkeypatch.setattr(attachments, "_BUDGET_TIMEOUT_S", 0.3)


async def test_a_picture_is_read_whole_and_uncompressed(cdn):
    async with reader_of(cdn) as reader:
        assert await read(reader, cdn, "picture") == PICTURE
    assert cdn.headers[0]["Accept-Encoding"] == "identity"


async def test_a_size_that_is_a_lie_is_noticed_while_reading(cdn):
    async with reader_of(cdn) as reader:
        assert await read(reader, cdn, "endless", size=10) == Refused(Reason.PICTURE_TOO_LARGE)
        assert reader._free == 10 * MAX
    assert cdn.sent < 30 * MAX


async def test_another_file_than_a_picture_has_a_limit_of_its_own(cdn):
    async with (
        reader_of(cdn) as reader,
        reader.reading(Attachment(f"http://{cdn.host}/endless", 10), 1_000) as data,
    ):
        assert data == Refused(Reason.PICTURE_TOO_LARGE)
    assert cdn.sent < 5 * MAX


async def test_a_size_over_the_limit_is_refused_unread(cdn):
    async with reader_of(cdn) as reader:
        assert await read(reader, cdn, "picture", size=MAX + 1) == Refused(Reason.PICTURE_TOO_LARGE)
    assert cdn.headers == []


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("name", ["drip", "hangs"])
async def test_who_sends_a_byte_now_and_then_is_given_up(cdn, name):
    async with reader_of(cdn) as reader, asyncio.timeout(5):
        assert await read(reader, cdn, name) == Refused(Reason.PICTURE_NOT_FETCHED)


async def test_slow_ones_keep_nobody_else_waiting(cdn):
    """Ten announce as much as the whole budget and send a byte now and then: the budget counts what is here."""
    async with reader_of(cdn, budget=MAX) as reader:
        slow = [asyncio.create_task(read(reader, cdn, "drip", size=MAX)) for _ in range(10)]
        await cdn.asked.wait()
        async with asyncio.timeout(2):
            assert await read(reader, cdn, "picture") == PICTURE
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)


@pytest.mark.usefixtures("hasty")
async def test_pictures_that_are_here_count_until_they_are_stored(cdn):
    async with reader_of(cdn, budget=MAX) as reader:
        async with reader.reading(Attachment(f"http://{cdn.host}/picture")) as first:
            assert first == PICTURE
            assert await read(reader, cdn, "picture") == Refused(Reason.BOT_BUSY)
        assert await read(reader, cdn, "picture") == PICTURE


@pytest.mark.parametrize("name", ["redirect", "gone"])
async def test_no_redirect_is_followed(cdn, name):
    async with reader_of(cdn) as reader:
        assert await read(reader, cdn, name) == Refused(Reason.PICTURE_NOT_FETCHED)
    assert len(cdn.headers) == 1


async def test_another_host_is_not_asked(cdn):
    async with reader_of(cdn, hosts={"cdn.discordapp.com"}) as reader:
        assert await read(reader, cdn, "picture") == Refused(Reason.PICTURE_NOT_FETCHED)
    assert cdn.headers == []


@pytest.mark.parametrize(
    ("link", "allowed"),
    [
        ("https://cdn.discordapp.com/a.png", True),
        ("https://CDN.discordapp.com/a.png", True),
        ("http://cdn.discordapp.com/a.png", False),
        ("https://cdn.discordapp.com:8443/a.png", False),
        ("https://cdn.discordapp.com.evil.example/a.png", False),
        ("https://cdn.discordapp.com@evil.example/a.png", False),
        ("ftp://cdn.discordapp.com/a.png", False),
        ("https://127.0.0.1/a.png", False),
    ],
)
def test_only_discords_hosts_are_allowed(link, allowed):
    assert CdnReader({"cdn.discordapp.com"})._allows(attachments.URL(link)) is allowed
