"""Serves drawn results behind signed links that expire, like the real API, and fails on demand."""

import asyncio
import hmac
import secrets
import time
import zlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from aiohttp import web

from bot.demo.ideogram_stand_in.dials import Fault

PATH: Final = "/api/images/ephemeral/"
LIFE_S: Final = 24 * 3600  # as long as Ideogram's own links
MAX_KEPT_BYTES: Final = 256_000_000  # a demo that runs for days must not fill the memory
PNG_START: Final = b"\x89PNG\r\n\x1a\n"
_MEGABYTE: Final = bytes(1_000_000)
_ELSEWHERE: Final = "https://elsewhere.invalid/x.png"


@dataclass(slots=True)
class _Result:
    data: bytes
    fault: Fault
    plain: bool
    fetches: int = 0


class Results:
    """Keeps the newest results up to MAX_KEPT_BYTES; older ones get 404. `hanging` is set while a fetch hangs."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(16)
        self._kept: OrderedDict[str, _Result] = OrderedDict()
        self._bytes = 0
        self._released = asyncio.Event()
        self.hanging = asyncio.Event()

    def release(self) -> None:
        """Answers the fetches that hang now."""
        self._released.set()
        self._released = asyncio.Event()
        self.hanging.clear()

    def add(self, data: bytes, fault: Fault, *, plain: bool = False) -> str:
        """Keeps a result and returns the path and query of its link. A `plain` one has no query and never expires."""
        name = f"{secrets.token_urlsafe(16)}.png"
        self._kept[name] = _Result(data, fault, plain)
        self._bytes += len(data)
        while self._bytes > MAX_KEPT_BYTES:
            self._bytes -= len(self._kept.popitem(last=False)[1].data)
        if plain:
            return PATH + name
        expires = str(int(time.time()) + LIFE_S)
        return f"{PATH}{name}?exp={expires}&sig={self._sign(name, expires)}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        name, expires = request.match_info["name"], request.query.get("exp", "")
        # The signature is checked first: `exp` is only a number if it is ours.
        result = self._kept.get(name)
        is_plain = result is not None and result.plain and not request.query_string
        signed = hmac.compare_digest(request.query.get("sig", "").encode(), self._sign(name, expires).encode())
        if not is_plain and (not signed or int(expires) < time.time()):
            return web.Response(status=403)
        if result is None:
            return web.Response(status=404)
        result.fetches += 1
        if result.fault is Fault.LINK_HANGS_ONCE and result.fetches == 1:
            self.hanging.set()
            await self._released.wait()
        answer = _FAULTS.get(result.fault)
        if answer is None or (result.fault is Fault.LINK_500_ONCE and result.fetches > 1):
            return web.Response(body=result.data, content_type="image/png")
        return await answer(request)

    def _sign(self, name: str, expires: str) -> str:
        return hmac.digest(self._secret, f"{name}|{expires}".encode(), sha256).hex()


def _status(status: int) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status)

    return answer


async def _redirect(request: web.Request) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": str(request.rel_url)})


async def _elsewhere(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": _ELSEWHERE})


async def _error_page(_request: web.Request) -> web.StreamResponse:
    return web.Response(text="<html><body>Something went wrong</body></html>", content_type="text/html")


async def _endless(request: web.Request) -> web.StreamResponse:
    """A picture that starts correctly and never ends, until the client disconnects."""
    response = web.StreamResponse(headers={"Content-Type": "image/png"})
    await response.prepare(request)
    await response.write(PNG_START)
    while request.transport is not None and not request.transport.is_closing():
        await response.write(bytes(65_536))
    return response


async def _gigabyte(request: web.Request) -> web.StreamResponse:
    """Sends the gigabyte that it announces, if the client keeps reading."""
    response = web.StreamResponse(headers={"Content-Type": "image/png", "Content-Length": str(1000 * len(_MEGABYTE))})
    await response.prepare(request)
    await response.write(PNG_START + _MEGABYTE[len(PNG_START) :])
    for _ in range(999):
        await response.write(_MEGABYTE)
    return response


async def _bomb(_request: web.Request) -> web.StreamResponse:
    """A small gzip body that unpacks to a gigabyte: a thousand copies of one compressed megabyte of zeros."""
    packer = zlib.compressobj(9, wbits=31)
    start = packer.compress(PNG_START) + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(_MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    headers = {"Content-Type": "image/png", "Content-Encoding": "gzip"}
    return web.Response(body=start + piece * 1000, headers=headers)


_FAULTS: dict[Fault, Callable[[web.Request], Awaitable[web.StreamResponse]]] = {
    Fault.LINK_403: _status(403),
    Fault.LINK_404: _status(404),
    Fault.LINK_REDIRECT: _redirect,
    Fault.LINK_ELSEWHERE: _elsewhere,
    Fault.LINK_500_ONCE: _status(500),
    Fault.LINK_NOT_A_PICTURE: _error_page,
    Fault.LINK_ENDLESS: _endless,
    Fault.LINK_GIGABYTE: _gigabyte,
    Fault.LINK_BOMB: _bomb,
}
