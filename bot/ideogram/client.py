"""Speaks to the paid API: one POST for a remix, and the download of a result. It caps and checks, and never retries."""

import socket
from collections.abc import Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from io import BytesIO
from types import SimpleNamespace, TracebackType
from typing import Final, Self

from aiohttp import (
    AddrInfoType,
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    FormData,
    TCPConnector,
    TraceConfig,
    TraceConnectionCreateEndParams,
)
from multidict import CIMultiDictProxy
from yarl import URL

from bot.ideogram.errors import (
    IdeogramError,
    LinkGoneError,
    LinkRefusedError,
    NotAPictureError,
    OutcomeUnknownError,
    ResultFetchError,
    ResultTooLargeError,
    ResultUnavailableError,
    UnreachableError,
)
from bot.ideogram.links import LinkRules
from bot.ideogram.wire import REMIX_PATH, Answer, FormField, SourcePicture, form_fields, read_answer
from bot.rules.remix_request import RemixRequest

CONNECT_TIMEOUT_S: Final = 10.0
FETCH_TIMEOUT_S: Final = 60.0
LONGEST_TIMEOUT_S: Final = 1e9
MAX_ANSWER_BYTES: Final = 1_000_000
_OK = 200
_GONE = frozenset({403, 404, 410})
_HEADERS = {"User-Agent": "remix-bot", "Accept-Encoding": "identity"}


class IdeogramClient:
    """To be entered once with `async with`. `image_hosts` as in LinkRules; `max_result_bytes` caps one picture.

    `timeout_s` is for one remix call as a whole. The API answers within 265 s, so less than that gives up paid work.
    """

    def __init__(
        self, *, api_url: str, api_key: str, timeout_s: float, image_hosts: Collection[str], max_result_bytes: int
    ) -> None:
        if not api_key or not api_key.isascii() or not api_key.isprintable():
            raise ValueError("the API key is empty, or has characters that no header can carry")
        self._remix_url = api_url.rstrip("/") + REMIX_PATH
        self._api_key = api_key
        # aiohttp cannot count to infinity.
        self._timeout = ClientTimeout(total=min(timeout_s, LONGEST_TIMEOUT_S), connect=CONNECT_TIMEOUT_S)
        self._links = LinkRules(frozenset(host.strip().lower() for host in image_hosts))
        self._max_result_bytes = max_result_bytes
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Two sessions, so that the key cannot reach a host of pictures, nor the address check be left out there."""
        self._api = await self._open.enter_async_context(
            _session(
                # A connection for each call: one kept alive may be closed by the server just as it is used again,
                # which looks like an answer lost after sending.
                TCPConnector(limit=0, force_close=True),
                self._timeout,
                {**_HEADERS, "Api-Key": self._api_key},
                trace_configs=[_trace_connecting()],
            )
        )
        self._pictures = await self._open.enter_async_context(
            _session(
                TCPConnector(limit=0, force_close=True, socket_factory=self._open_socket),
                ClientTimeout(total=FETCH_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
                _HEADERS,
            )
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def remix(self, request: RemixRequest, source: SourcePicture) -> Answer:
        """One paid call. Raises IdeogramError only; its `executed` is UNKNOWN from the moment a connection stood."""
        reply = await self._post(_form(form_fields(request, source)))
        if isinstance(reply, IdeogramError):
            raise reply
        return read_answer(reply.status, reply.headers, reply.body)

    async def fetch_image(self, url: str) -> bytes:
        """The bytes of a result: they begin like JPEG, PNG or WebP. Raises ResultFetchError only."""
        self._links.check(url)
        picture = await self._get(url)
        if isinstance(picture, ResultFetchError):
            raise picture
        return picture

    # aiohttp's exceptions carry the key and the links. Raising ours outside of `except` leaves them behind:
    # so _post and _get return an error instead of raising it.

    async def _post(self, form: FormData) -> "_Reply | IdeogramError":
        attempt = _Attempt()
        try:
            async with self._api.post(
                self._remix_url, data=form, allow_redirects=False, trace_request_ctx=attempt
            ) as response:
                return await _read_reply(response)
        except (ClientError, OSError) as error:
            told = type(error).__name__
        return OutcomeUnknownError(f"no answer: {told}") if attempt.connected else UnreachableError(told)

    async def _get(self, url: str) -> bytes | ResultFetchError:
        try:
            # As it is written: decoding and encoding it anew could spoil the signature.
            async with self._pictures.get(URL(url, encoded=True), allow_redirects=False) as response:
                return _refusal(response.status) or await self._read_picture(response)
        except (ClientError, OSError) as error:
            if isinstance(error, ClientConnectorError) and isinstance(error.os_error, _AddressRefusedError):
                return LinkRefusedError("the link's host has an address that is not public")
            return ResultUnavailableError(type(error).__name__)

    async def _read_picture(self, response: ClientResponse) -> bytes | ResultFetchError:
        if (response.content_length or 0) > self._max_result_bytes:
            return ResultTooLargeError(f"{response.content_length} bytes announced")
        picture = await _read_up_to(self._max_result_bytes + 1, response)
        if len(picture) > self._max_result_bytes:
            return ResultTooLargeError(f"more than {self._max_result_bytes} bytes")
        return picture if _begins_like_a_picture(picture) else NotAPictureError("no JPEG, PNG or WebP")

    def _open_socket(self, info: AddrInfoType) -> socket.socket:
        """Called by aiohttp for each address before it connects, for IP addresses in links as well as for names."""
        family, kind, protocol, _, address = info
        if not self._links.allows_address(str(address[0]), int(address[1])):
            raise _AddressRefusedError("not a public address")
        return socket.socket(family, kind, protocol)


@dataclass(slots=True)
class _Attempt:
    """`connected` is set when TCP and TLS stand. Before that surely nothing was sent, after it nobody knows."""

    connected: bool = False


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: CIMultiDictProxy[str]
    body: bytes


class _AddressRefusedError(OSError):
    """An OSError, so that aiohttp takes it for a failed attempt to connect."""


def _session(
    connector: TCPConnector,
    timeout: ClientTimeout,
    headers: dict[str, str],
    trace_configs: list[TraceConfig] | None = None,
) -> ClientSession:
    return ClientSession(
        connector=connector,
        timeout=timeout,
        headers=headers,
        cookie_jar=DummyCookieJar(),
        trust_env=False,
        trace_configs=trace_configs,
    )


def _trace_connecting() -> TraceConfig:
    async def connected(
        _session: ClientSession, context: SimpleNamespace, _params: TraceConnectionCreateEndParams
    ) -> None:
        context.trace_request_ctx.connected = True

    trace = TraceConfig()
    trace.on_connection_create_end.append(connected)
    return trace


def _form(fields: tuple[FormField, ...]) -> FormData:
    form = FormData(default_to_multipart=True)
    for field in fields:
        value = BytesIO(field.value) if isinstance(field.value, bytes) else field.value
        form.add_field(field.name, value, content_type=field.content_type, filename=field.filename)
    return form


async def _read_reply(response: ClientResponse) -> _Reply:
    """An error's status stands even if its body is lost; of a success the body is all there is."""
    try:
        body = await _read_up_to(MAX_ANSWER_BYTES, response)
    except (ClientError, OSError):
        if response.ok:
            raise
        body = b""
    return _Reply(response.status, response.headers, body)


async def _read_up_to(size: int, response: ClientResponse) -> bytes:
    """The first `size` decoded bytes of the body; fewer where it ends before."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) >= size:
            response.close()
            break
    return bytes(body[:size])


def _refusal(status: int) -> ResultFetchError | None:
    if status == _OK:
        return None
    told = f"status {status}"
    if status in _GONE:
        return LinkGoneError(told)
    return LinkRefusedError(f"{told}, a redirect") if status // 100 == 3 else ResultUnavailableError(told)  # noqa: PLR2004 - 3xx


def _begins_like_a_picture(data: bytes) -> bool:
    return data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")
