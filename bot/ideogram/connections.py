"""How the client connects: two kinds of sessions, what each may reach, and whether anything can have been sent."""

import socket
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Final

from aiohttp import (
    AddrInfoType,
    ClientConnectorError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
    TraceConfig,
    TraceConnectionCreateEndParams,
)

from bot.ideogram.links import LinkRules

CONNECT_TIMEOUT_S: Final = 10.0
FETCH_TIMEOUT_S: Final = 60.0
LONGEST_TIMEOUT_S: Final = 1e9
_HEADERS = {"User-Agent": "remix-bot", "Accept-Encoding": "identity"}


@dataclass(slots=True)
class Attempt:
    """`connected` is set when TCP and TLS stand. Before that surely nothing was sent, after it nobody knows."""

    connected: bool = False


class _AddressRefusedError(OSError):
    """An OSError, so that aiohttp takes it for a failed attempt to connect."""


def open_api_session(api_key: str, timeout_s: float) -> ClientSession:
    """For paid calls. Each call passes an Attempt as `trace_request_ctx`.

    A connection for each: one kept alive may be closed by the server just as it is used again, which looks like an
    answer lost after sending.
    """
    return ClientSession(
        connector=TCPConnector(limit=0, force_close=True),
        # aiohttp cannot count to infinity.
        timeout=ClientTimeout(total=min(timeout_s, LONGEST_TIMEOUT_S), connect=CONNECT_TIMEOUT_S),
        headers={**_HEADERS, "Api-Key": api_key},
        cookie_jar=DummyCookieJar(),
        trace_configs=[_trace_connecting()],
    )


def open_picture_session(rules: LinkRules) -> ClientSession:
    """For result links: knows no key, and connects to no address that `rules` forbid."""

    def open_socket(info: AddrInfoType) -> socket.socket:
        """Called for each address before it is connected to, for IP addresses in links as well as for names."""
        family, kind, protocol, _, address = info
        if not rules.allows_address(str(address[0]), int(address[1])):
            raise _AddressRefusedError("not a public address")
        return socket.socket(family, kind, protocol)

    return ClientSession(
        connector=TCPConnector(limit=0, force_close=True, socket_factory=open_socket),
        timeout=ClientTimeout(total=FETCH_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
        headers=_HEADERS,
        cookie_jar=DummyCookieJar(),
    )


def was_refused_by_address(error: Exception) -> bool:
    return isinstance(error, ClientConnectorError) and isinstance(error.os_error, _AddressRefusedError)


def _trace_connecting() -> TraceConfig:
    async def connected(
        _session: ClientSession, context: SimpleNamespace, _params: TraceConnectionCreateEndParams
    ) -> None:
        context.trace_request_ctx.connected = True

    trace = TraceConfig()
    trace.on_connection_create_end.append(connected)
    return trace
