"""What goes wrong on purpose: the next requests that match are answered, cut, held or delayed."""

import asyncio
import json
import os
import re
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiohttp import web

Proceed = Callable[[], Awaitable[web.StreamResponse]]
LINGER = "hh" if os.name == "nt" else "ii"
GATEWAY = r"^/gateway$"
"""The path of the websocket: `faults.add("GET", GATEWAY, Answer(503), times=2)` refuses two connections."""


class Outcome(Protocol):
    async def apply(self, request: web.Request, proceed: Proceed) -> web.StreamResponse: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """That status and JSON instead of the real answer; with `after_effect` what was asked has happened all the same."""

    status: int
    body: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    after_effect: bool = False

    async def apply(self, request: web.Request, proceed: Proceed) -> web.StreamResponse:
        if self.after_effect:
            await proceed()
        else:
            await request.read()
        body = json.dumps(dict(self.body)).encode()
        return web.Response(status=self.status, body=body, content_type="application/json", headers=self.headers)


def rate_limited(retry_after: float, *, everywhere: bool = False) -> Answer:
    """A 429 that discord.py honours: with Discord's body, and the `Via` header. `retry_after` in seconds."""
    body = {"message": "You are being rate limited.", "retry_after": retry_after, "global": everywhere}
    return Answer(429, body, {"Via": "1.1 loopback", "Retry-After": str(retry_after)})


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset without an answer; with `after_effect` what was asked has happened.

    aiohttp's client repeats a GET, PUT or DELETE once on its own after a reset, and so meets two of these.
    """

    after_effect: bool = False

    async def apply(self, request: web.Request, proceed: Proceed) -> web.StreamResponse:
        if self.after_effect:
            await proceed()
        else:
            await request.read()
        reset_connection(request)
        return web.Response(status=499)


@dataclass(slots=True, eq=False)
class Hang:
    """No answer until `release()`; then it goes on as if nothing had been. `reached` is set when a request is held."""

    after_effect: bool = False
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        self._released.set()

    async def apply(self, request: web.Request, proceed: Proceed) -> web.StreamResponse:  # noqa: ARG002 - the protocol
        response = await proceed() if self.after_effect else None
        self.reached.set()
        await self._released.wait()
        return response or await proceed()


@dataclass(frozen=True, slots=True)
class Delay:
    """Goes on after that many seconds."""

    seconds: float

    async def apply(self, request: web.Request, proceed: Proceed) -> web.StreamResponse:  # noqa: ARG002 - the protocol
        await asyncio.sleep(self.seconds)
        return await proceed()


@dataclass(eq=False, slots=True)
class Fault:
    """`left` is how many requests it will still meet, None for all; `hits` how many it has met."""

    method: str
    path: re.Pattern[str]
    outcome: Outcome
    left: int | None
    hits: int = 0

    def matches(self, method: str, path: str) -> bool:
        return self.left != 0 and method == self.method and self.path.search(path) is not None


class Faults:
    """The faults in force. The oldest that matches meets a request; each meets it alone."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, method: str, path: str, outcome: Outcome, *, times: int | None = 1) -> Fault:
        """`path` is a regular expression, searched in the path with tokens masked as `<token>`. None is for ever."""
        fault = Fault(method, re.compile(path), outcome, times)
        self._faults.append(fault)
        return fault

    def take(self, method: str, path: str) -> Outcome | None:
        for fault in self._faults:
            if fault.matches(method, path):
                fault.hits += 1
                fault.left = None if fault.left is None else fault.left - 1
                return fault.outcome
        return None

    def clear(self) -> None:
        """None from here on; held requests go on."""
        for fault in self._faults:
            if isinstance(fault.outcome, Hang):
                fault.outcome.release()
        self._faults.clear()


def reset_connection(request: web.Request) -> None:
    """A TCP reset: nothing that waits to be sent goes out."""
    if request.transport is None:
        return
    connection = request.transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(LINGER, 1, 0))
    request.transport.abort()
