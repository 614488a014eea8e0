"""The client for Ideogram's paid API: submits remixes, polls generations, downloads results, and never retries."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from types import TracebackType
from typing import Final, Self

from aiohttp import ClientError, ClientResponse, ClientTimeout, FormData
from yarl import URL

from bot.ideogram.connections import (
    CONNECT_TIMEOUT_S,
    Attempt,
    open_api_session,
    open_picture_session,
    reason_of,
    was_refused_by_address,
)
from bot.ideogram.errors import (
    HostRefusedError,
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
from bot.ideogram.lifecycle import Lifecycle, read_lifecycle
from bot.ideogram.links import LinkRules
from bot.ideogram.wire import FormField, SourcePicture
from bot.ideogram.wire_generations import (
    QUOTE_PATH,
    SUBMIT_PATHS,
    PollResult,
    Submitted,
    poll_path,
    read_poll,
    read_quote,
    read_submitted,
    submit_fields,
)
from bot.proxies import DIRECT, Proxies
from bot.rules.generations import Generation, IdeogramApi
from bot.rules.remix_request import RemixRequest

MAX_RESPONSE_BYTES: Final = 1_000_000  # a real response has a few kB; the rest is a broken or hostile server
SUBMIT_TIMEOUT_S: Final = 120.0
"""For asynchronous submits, which return an id at once. They go one at a time, so a slow one delays all others."""
POLL_TIMEOUT_S: Final = 30.0
_GONE = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


class IdeogramClient:
    """Enter it once with `async with`. `image_hosts` is as in LinkRules; `max_result_bytes` limits one picture.

    `timeout_s` covers a whole v1 call. Ideogram answers 503 after 265 s at the latest, so a shorter time can lose
    results that were paid for.
    """

    def __init__(
        self,
        *,
        api_url: str,
        api_key: str,
        timeout_s: float,
        image_hosts: Collection[str],
        max_result_bytes: int,
        api: IdeogramApi = IdeogramApi.V1,
        proxies: Proxies = DIRECT,
    ) -> None:
        if not api_key or not api_key.isascii() or not api_key.isprintable():
            raise ValueError("the API key is empty or has characters that an HTTP header cannot contain")
        self.api = api
        self._api_url = api_url.rstrip("/")
        self._api_key = api_key
        self._timeout_s = timeout_s if api is IdeogramApi.V1 else min(timeout_s, SUBMIT_TIMEOUT_S)
        self._links = LinkRules(frozenset(host.strip().lower() for host in image_hosts))
        self._max_result_bytes = max_result_bytes
        self._proxies = proxies
        self._sessions = AsyncExitStack()
        self._lifecycle: Lifecycle | None = None
        self._lifecycle_changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        enter, proxy = self._sessions.enter_async_context, self._proxies.proxy_for(self._api_url)
        self._api_session = await enter(open_api_session(self._api_key, self._timeout_s, proxy))
        self._picture_session = await enter(open_picture_session(self._links))
        self._proxied_picture_session = await enter(open_picture_session(None))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._sessions.aclose()

    async def submit(self, request: RemixRequest, source: SourcePicture) -> Submitted:
        """Makes one paid call. Raises IdeogramError only. Once connected, a failure has an unknown outcome."""
        reply = await self._post(SUBMIT_PATHS[self.api], _form(submit_fields(self.api, request, source)))
        if isinstance(reply, IdeogramError):
            raise reply
        self._note_lifecycle(reply)
        return read_submitted(self.api, reply.status, reply.headers, reply.body)

    async def quote(self, request: RemixRequest, source: SourcePicture) -> int:
        """What v2 would charge for that remix, in micro-dollars: free, and nothing is made. Raises IdeogramError only.

        OutcomeUnknownError: it gave no price, so it may have made the remix. Do not ask again.
        """
        reply = await self._post(QUOTE_PATH, _form(submit_fields(IdeogramApi.V2, request, source)))
        if isinstance(reply, IdeogramError):
            raise reply
        return read_quote(reply.status, reply.headers, reply.body)

    async def poll(self, generation: Generation) -> PollResult:
        """The status of a generation, with the API that it was submitted to. Free. Raises IdeogramError only."""
        reply = await self._poll(poll_path(generation))
        if isinstance(reply, IdeogramError):
            raise reply
        return read_poll(generation, reply.status, reply.headers, reply.body)

    async def next_lifecycle(self, known: Lifecycle | None) -> Lifecycle:
        """Waits until a response says something about the API's lifecycle other than `known`."""
        while self._lifecycle in (None, known):
            self._lifecycle_changed.clear()
            await self._lifecycle_changed.wait()
        return self._lifecycle

    def _note_lifecycle(self, reply: _Reply) -> None:
        # What was deprecated once stays so: polls of an older generation may say less than submits.
        lifecycle = read_lifecycle(reply.headers, reply.body)
        if lifecycle is not None and not (self._lifecycle and self._lifecycle.is_deprecated):
            self._lifecycle = lifecycle
            self._lifecycle_changed.set()

    def refused_host(self, urls: Iterable[str]) -> str | None:
        """The first host of these links that the operator has to list before the result can be fetched."""
        for url in urls:
            try:
                self._links.check(url)
            except HostRefusedError as error:
                return error.host
            except LinkRefusedError:
                continue
        return None

    async def fetch_image(self, url: str) -> bytes:
        """Downloads a result, which starts with the bytes of a JPEG, PNG or WebP. Raises ResultFetchError only."""
        self._links.check(url)
        picture = await self._get(url)
        if isinstance(picture, ResultFetchError):
            raise picture
        return picture

    # aiohttp's exceptions contain the key and the links. An exception raised inside `except` would keep them as its
    # context and carry them into logs, so these three return our errors, and the callers above raise them.

    async def _post(self, path: str, form: FormData) -> _Reply | IdeogramError:
        attempt = Attempt()
        try:
            async with self._api_session.post(
                self._api_url + path, data=form, allow_redirects=False, trace_request_ctx=attempt
            ) as response:
                return await _read_reply(response)
        except (ClientError, OSError) as error:
            reason = reason_of(error)
        return OutcomeUnknownError(f"no answer: {reason}") if attempt.connected else UnreachableError(reason)

    async def _poll(self, path: str) -> _Reply | IdeogramError:
        timeout = ClientTimeout(total=POLL_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
        try:
            async with self._api_session.get(
                self._api_url + path, allow_redirects=False, timeout=timeout, trace_request_ctx=Attempt()
            ) as response:
                return await _read_reply(response)
        except (ClientError, OSError) as error:
            return UnreachableError(reason_of(error))

    async def _get(self, url: str) -> bytes | ResultFetchError:
        proxy = self._proxies.proxy_for(url)
        session = self._picture_session if proxy is None else self._proxied_picture_session
        try:
            # encoded=True keeps the link as it is. Normalizing it could change the query that `sig` signs.
            async with session.get(URL(url, encoded=True), allow_redirects=False, proxy=proxy) as response:
                return _refusal(response.status) or await self._read_picture(response)
        except (ClientError, OSError) as error:
            if was_refused_by_address(error):
                return LinkRefusedError("the link's host does not have a public address")
            return ResultUnavailableError(reason_of(error))

    async def _read_picture(self, response: ClientResponse) -> bytes | ResultFetchError:
        # Counts decoded bytes, because a gzip body of 194 kB has been seen to unpack to 200 MB.
        if (response.content_length or 0) > self._max_result_bytes:
            return ResultTooLargeError(f"{response.content_length} bytes announced")
        picture = await _read_up_to(self._max_result_bytes + 1, response)
        if len(picture) > self._max_result_bytes:
            return ResultTooLargeError(f"more than {self._max_result_bytes} bytes")
        return picture if _begins_like_a_picture(picture) else NotAPictureError("not a JPEG, PNG or WebP")


def _form(fields: tuple[FormField, ...]) -> FormData:
    form = FormData(default_to_multipart=True)  # the API takes nothing but multipart/form-data
    for field in fields:
        # BytesIO, because aiohttp warns about plain bytes above 1 MB: it would write them in one go.
        value = BytesIO(field.value) if isinstance(field.value, bytes) else field.value
        form.add_field(field.name, value, content_type=field.content_type, filename=field.filename)
    return form


async def _read_reply(response: ClientResponse) -> _Reply:
    """Reads the body. If it gets lost, an error's status is still valid; a success without its body is useless."""
    try:
        body = await _read_up_to(MAX_RESPONSE_BYTES, response)
    except (ClientError, OSError):
        if response.status < HTTPStatus.MULTIPLE_CHOICES:
            raise
        body = b""
    return _Reply(response.status, response.headers, body)


async def _read_up_to(size: int, response: ClientResponse) -> bytes:
    """The first `size` decoded bytes of the body, or all if it is shorter."""
    chunks: list[bytes] = []
    left = size
    async for chunk in response.content.iter_any():
        chunks.append(chunk[:left])
        left -= len(chunk)
        if left <= 0:
            response.close()
            break
    # One join at the end: growing a bytes object chunk by chunk would copy megabytes again and again on the event loop.
    return b"".join(chunks)


def _refusal(status: int) -> ResultFetchError | None:
    reason = f"status {status}"
    if status == HTTPStatus.OK:
        return None
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return LinkRefusedError(f"{reason}, a redirect")
    return LinkGoneError(reason) if status in _GONE else ResultUnavailableError(reason)


def _begins_like_a_picture(data: bytes) -> bool:
    return data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")
