"""Serves `/healthz`, `/readyz` and `/metrics` on METRICS_LISTEN. Import it only if that is set."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web

from bot.monitoring.health_file import Health
from bot.monitoring.judgement import find_sickness, find_unready
from bot.monitoring.words import sickness_sentence, state_sentence

CACHE_S = 5.0
"""However often it is scraped, the database is asked once in this time."""
_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SHUTDOWN_S = 1.0
_IDLE_S = 75.0
"""How long a connection can stay without a whole request. Prometheus asks every minute at most. aiohttp waits an hour:
https://docs.aiohttp.org/en/stable/web_reference.html#aiohttp.web.AppRunner"""
_MOST_CONNECTIONS = 32
"""Each takes a file, of which a process often has 1,024: without any left, paid calls and the database fail."""


class _Refused(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


class Server:
    """`read_text` brings everything up to date and returns what Prometheus reads; it never raises."""

    def __init__(
        self,
        read_health: Callable[[], Health],
        read_text: Callable[[], Awaitable[bytes]],
        *,
        cache_s: float = CACHE_S,
        monotonic: Callable[[], float] = time.monotonic,
        idle_s: float = _IDLE_S,
    ) -> None:
        self._read_health = read_health
        self._read_text = read_text
        self._cache_s = cache_s
        self._monotonic = monotonic
        self._text = b""
        self._read_at: float | None = None
        self._reading = asyncio.Lock()
        self._idle_s = idle_s
        self._runner: web.AppRunner | None = None
        self._listening: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Returns the port, which is another one if it was 0. Raises OSError."""
        app = web.Application()
        app.add_routes(
            [web.get("/metrics", self._metrics), web.get("/healthz", self._healthz), web.get("/readyz", self._readyz)]
        )
        self._runner = web.AppRunner(
            app,
            access_log=None,
            handle_signals=False,
            shutdown_timeout=_SHUTDOWN_S,
            keepalive_timeout=self._idle_s,
        )
        await self._runner.setup()
        try:
            self._listening = await asyncio.get_running_loop().create_server(self._connect, host, port)
        except OSError:
            await self.close()
            raise
        used: int = self._listening.sockets[0].getsockname()[1]
        return used

    def _connect(self) -> asyncio.Protocol:
        server = self._runner.server if self._runner is not None else None
        if server is None or len(server.connections) >= _MOST_CONNECTIONS:
            return _Refused()
        return server()

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _metrics(self, _request: web.Request) -> web.Response:
        # One reading for all who ask meanwhile, so a storm of scrapes costs no more than one.
        async with self._reading:
            now = self._monotonic()
            if self._read_at is None or now - self._read_at >= self._cache_s:
                self._text = await self._read_text()
                self._read_at = now
        return web.Response(body=self._text, headers={"Content-Type": _CONTENT_TYPE})

    async def _healthz(self, _request: web.Request) -> web.Response:
        """Whether it is alive. A hung event loop does not answer at all."""
        health = self._read_health()
        sickness = find_sickness(health, self._monotonic())
        if sickness is not None:
            return web.Response(text=sickness_sentence(sickness, health), status=HTTPStatus.SERVICE_UNAVAILABLE)
        return web.Response(text=state_sentence(health, find_unready(health)))

    async def _readyz(self, request: web.Request) -> web.Response:
        """Whether it answers commands."""
        health = self._read_health()
        unready = find_unready(health)
        if unready is None:
            return await self._healthz(request)
        return web.Response(text=state_sentence(health, unready), status=HTTPStatus.SERVICE_UNAVAILABLE)
