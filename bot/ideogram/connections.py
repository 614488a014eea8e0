"""Opens the HTTP sessions of the Ideogram client, and records whether a request can have been sent."""

import socket
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Final

from aiohttp import (
    AddrInfoType,
    ClientConnectorError,
    ClientHttpProxyError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
    TraceConfig,
    TraceConnectionCreateEndParams,
)

from bot.ideogram.links import LinkRules

CONNECT_TIMEOUT_S: Final = 10.0  # short, because a call that never connected is safe to repeat
FETCH_TIMEOUT_S: Final = 60.0
LONGEST_TIMEOUT_S: Final = 1e9
# "identity": a compressed response could unpack to far more than its size.
_HEADERS = {"User-Agent": "remix-bot", "Accept-Encoding": "identity"}


@dataclass(slots=True)
class Attempt:
    """`connected` is set once TCP and TLS are up. Before that nothing was sent; after it the outcome is unknown.

    Through a proxy it is the same: TLS begins after the proxy's answer to CONNECT and ends at Ideogram, so a proxy that
    refuses, or that is down, has not seen the request.
    """

    connected: bool = False


class _AddressRefusedError(OSError):
    """An OSError, so that aiohttp treats it as a failed connection and wraps it in ClientConnectorError."""


def open_api_session(api_key: str, timeout_s: float, proxy: str | None) -> ClientSession:
    """For calls to the API. Pass an Attempt as `trace_request_ctx` with each of them.

    Every call gets its own connection. A server may close a kept-alive connection just as we reuse it, which looks the
    same as a response lost after a paid request.
    """
    return ClientSession(
        # No limit here (aiohttp's default is 100 connections): the slots limit paid calls.
        connector=TCPConnector(limit=0, force_close=True),
        # aiohttp rounds a long timeout up with math.ceil, which raises OverflowError for infinity.
        timeout=ClientTimeout(total=min(timeout_s, LONGEST_TIMEOUT_S), connect=CONNECT_TIMEOUT_S),
        headers={**_HEADERS, "Api-Key": api_key},
        proxy=proxy,
        cookie_jar=DummyCookieJar(),
        trace_configs=[_trace_connecting()],
    )


def open_picture_session(rules: LinkRules | None) -> ClientSession:
    """For result links. It has no API key, and connects only to addresses that `rules` allow.

    None: for links through a proxy, where the only address is that of the proxy. What is left is enough: the name is
    one of IDEOGRAM_IMAGE_HOSTS, and no other machine has a certificate for it.
    """

    def open_socket(info: AddrInfoType) -> socket.socket:
        """Called for each address before connecting.

        A custom resolver would not do: aiohttp does not ask it about links that contain an IP address.
        """
        family, kind, protocol, _, address = info
        if rules is not None and not rules.allows_address(str(address[0]), int(address[1])):
            raise _AddressRefusedError("not a public address")
        return socket.socket(family, kind, protocol)

    return ClientSession(
        connector=TCPConnector(limit=0, force_close=True, socket_factory=open_socket),
        timeout=ClientTimeout(total=FETCH_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
        headers=_HEADERS,
        cookie_jar=DummyCookieJar(),
    )


def reason_of(error: Exception) -> str:
    """For logs: the kind of error, or what a proxy answered. Its text could have a key, a link or a password in it."""
    if isinstance(error, ClientHttpProxyError):
        return f"the proxy answered {error.status}"
    return type(error).__name__


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
