"""Reads attached files from Discord's CDN: within a size, a time, a least speed and a budget of memory for all."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import aiohttp
import structlog
from yarl import URL

from bot.discord_app.kit.sending import DISCORD_ERRORS
from bot.proxies import DIRECT, Proxies
from bot.rules.refusals import Reason, Refused

READ_TIMEOUT_S = 30.0
_BUDGET_TIMEOUT_S = 20.0
_SLOW_START_S = 5.0
_LEAST_SPEED = 50_000
"""Bytes a second, after the first five seconds. Discord's CDN sends megabytes; a byte a second only holds a place."""
_PIECE_BYTES = 64 * 1024
_HTTPS_PORT = 443
_OK = 200

Pieces = AsyncIterator[bytes]


class Linked(Protocol):
    """An attachment, or another picture on Discord's CDN. `size`: as announced; 0 if nobody did."""

    @property
    def url(self) -> str: ...

    @property
    def size(self) -> int: ...

    @property
    def read(self) -> Callable[[], Awaitable[bytes]]: ...


Open = Callable[[Linked], AbstractAsyncContextManager[Pieces]]

log = structlog.get_logger(__name__)


class NotFetchedError(Exception):
    """The CDN gave no picture, or the link leads elsewhere."""


class AttachmentReader:
    """Reads pictures as soon as the command arrives: Discord does not say how long an attachment's link stays valid.

    The budget counts the bytes that are here, not those that a sender announces.
    """

    def __init__(self, open_: Open, *, max_file_bytes: int, budget_bytes: int) -> None:
        self._open = open_
        self._max_file_bytes = max_file_bytes
        self._free = max(budget_bytes, max_file_bytes)
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def reading(self, attachment: Linked, max_bytes: int | None = None) -> AsyncIterator[bytes | Refused]:
        """The bytes, or why not. They count against the budget until the block ends, so store them inside it.

        `max_bytes`: of another file than a picture.
        """
        taken = _Taken(self._max_file_bytes if max_bytes is None else max_bytes)
        if attachment.size > taken.most:
            yield Refused(Reason.PICTURE_TOO_LARGE)
            return
        try:
            yield await self._read(attachment, taken)
        finally:
            await self._give_back(taken)

    async def _read(self, attachment: Linked, taken: "_Taken") -> bytes | Refused:
        # Nobody begins to read what would not fit: everybody would wait in the middle for everybody else.
        if not await self._wait_for(attachment.size):
            return Refused(Reason.BOT_BUSY)
        try:
            async with asyncio.timeout(READ_TIMEOUT_S), self._open(attachment) as pieces:
                return await self._collect(pieces, taken)
        except (*DISCORD_ERRORS, NotFetchedError) as error:
            log.warning("an attachment could not be read", error=type(error).__name__, bytes=taken.bytes)
            return Refused(Reason.PICTURE_NOT_FETCHED)

    async def _collect(self, pieces: Pieces, taken: "_Taken") -> bytes | Refused:
        collected: list[bytes] = []
        clock = asyncio.get_running_loop().time
        began, waited_s = clock(), 0.0
        async for piece in pieces:
            if taken.bytes + len(piece) > taken.most:
                return Refused(Reason.PICTURE_TOO_LARGE)
            asked = clock()
            if not await self._take(len(piece), taken):
                return Refused(Reason.BOT_BUSY)
            waited_s += clock() - asked
            collected.append(piece)
            took_s = clock() - began - waited_s
            if took_s > _SLOW_START_S and taken.bytes < took_s * _LEAST_SPEED:
                raise NotFetchedError("too slow")
        return b"".join(collected)

    async def _wait_for(self, size: int) -> bool:
        """False: other pictures have used up the budget for too long."""
        try:
            async with asyncio.timeout(_BUDGET_TIMEOUT_S), self._changed:
                await self._changed.wait_for(lambda: self._free >= size)
        except TimeoutError:
            return False
        return True

    async def _take(self, size: int, taken: "_Taken") -> bool:
        if self._free < size and not await self._wait_for(size):
            return False
        self._free -= size
        taken.bytes += size
        return True

    async def _give_back(self, taken: "_Taken") -> None:
        async with self._changed:
            self._free += taken.bytes
            self._changed.notify_all()


class _Taken:
    """How many bytes of the budget one file has, and the most that it can have."""

    def __init__(self, most: int) -> None:
        self.bytes = 0
        self.most = most


class CdnReader:
    """Opens links to Discord's CDN, and to nothing else: no other host, no redirect, no compression to unpack.

    `hosts`: exact lower-case names, reached by https. Loopback hosts have their port, and may use http.
    """

    def __init__(self, hosts: Collection[str], proxies: Proxies = DIRECT) -> None:
        self._hosts = frozenset(hosts)
        self._proxies = proxies
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def open(self, attachment: Linked) -> AsyncIterator[Pieces]:
        """Raises NotFetchedError and DISCORD_ERRORS."""
        if not self._allows(URL(attachment.url)):
            raise NotFetchedError("another host")
        if self._session is None:
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_read=_SLOW_START_S),
                headers={"Accept-Encoding": "identity"},
                auto_decompress=False,
            )
        proxy = self._proxies.proxy_for(attachment.url)
        async with self._session.get(attachment.url, allow_redirects=False, proxy=proxy) as response:
            if response.status != _OK:
                raise NotFetchedError(f"status {response.status}")
            yield response.content.iter_chunked(_PIECE_BYTES)

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _allows(self, url: URL) -> bool:
        host = (url.raw_host or "").lower()
        if url.scheme == "https" and url.port == _HTTPS_PORT:
            return host in self._hosts
        return url.scheme in {"http", "https"} and f"{host}:{url.port}" in self._hosts


@asynccontextmanager
async def open_through_client(attachment: Linked) -> AsyncIterator[Pieces]:
    """As discord.py does. For simcord, whose CDN is not on any network."""

    async def whole() -> Pieces:
        yield await attachment.read()

    yield whole()
