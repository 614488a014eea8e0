"""The paid call against servers that fail in every way: what it is taken for, and that it is sent exactly once."""

import asyncio
import gzip
import json
import math
import socket
import traceback

import pytest
from ideogram_raw_server import KEY, ok, reset, says

from bot.ideogram.client import IdeogramClient
from bot.ideogram.errors import (
    IdeogramError,
    KeyRejectedError,
    OutcomeUnknownError,
    RateLimitedError,
    RequestRejectedError,
    UnreachableError,
)
from bot.ideogram.wire import SourcePicture
from bot.rules.failures import Executed
from bot.rules.remix_request import RemixRequest

REQUEST = RemixRequest("a very private fox", weight=40)
ANSWER = json.dumps({"data": [{"is_image_safe": True, "url": "https://ideogram.ai/x.png?sig=1", "seed": 1}]}).encode()


async def resets(_reader, writer):
    reset(writer)


async def resets_inside_the_answer(_reader, writer):
    writer.write(ok(ANSWER)[:-10])
    await writer.drain()
    reset(writer)


async def never_stops(_reader, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"10000\r\n" + b" " * 65_536 + b"\r\n")
        await writer.drain()


async def never_answers(reader, _writer):
    await reader.read()


async def outcome(client: IdeogramClient, source: SourcePicture) -> IdeogramError:
    with pytest.raises(IdeogramError) as caught:
        await client.submit(REQUEST, source)
    return caught.value


UNKNOWN = {
    "closed after the request": says(),
    "reset after the request": resets,
    "half a status line": says(b"HTTP/1.1 20"),
    "half the headers": says(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "half the body": says(ok(ANSWER)[:-10]),
    "half the body, then a reset": resets_inside_the_answer,
    "half a chunk": says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"),
    "a chunk without a size": says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"),
    "half the body until the end of the connection": says(b"HTTP/1.1 200 OK\r\n\r\n" + ANSWER[:-5]),
    "not HTTP": says(b"\x00\x01\xff garbage\r\n\r\n"),
    "another protocol": says(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "two lengths": says(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}"),
    "a header without end": says(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000),
    "a header that is no header": says(b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n"),
    "a body that never stops": never_stops,
    "a gzip bomb": says(ok(gzip.compress(bytes(200_000_000), 1), b"Content-Encoding: gzip")),
    "broken gzip": says(ok(b"no gzip at all", b"Content-Encoding: gzip")),
    "half of gzip": says(ok(gzip.compress(ANSWER)[:-20], b"Content-Encoding: gzip")),
    "an error page with a success": says(ok(b"<html></html>")),
    "a success without a body": says(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "a see-other redirect": says(b"HTTP/1.1 303 See Other\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"),
    "a server error": says(b"HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n"),
    "a server error whose body is lost": says(b"HTTP/1.1 500 Oh\r\nContent-Length: 9\r\n\r\n"),
    "an interim answer alone": says(b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.parametrize("script", [pytest.param(script, id=name) for name, script in UNKNOWN.items()])
async def test_what_fails_after_sending_has_an_unknown_outcome_and_was_sent_once(script, raw, connect, source):
    server = await raw(script)
    error = await outcome(await connect(server.url, timeout_s=math.inf), source)
    assert type(error) is OutcomeUnknownError
    assert error.executed is Executed.UNKNOWN
    assert (server.connections, len(server.bodies)) == (1, 1)


async def test_a_call_that_outlives_its_time_has_an_unknown_outcome_and_was_sent_once(raw, connect, source):
    server = await raw(never_answers)
    error = await outcome(await connect(server.url, timeout_s=0.2), source)
    assert type(error) is OutcomeUnknownError
    assert (server.connections, len(server.bodies)) == (1, 1)


async def test_a_body_that_stops_coming_has_an_unknown_outcome(raw, connect, source):
    async def stalls(reader, writer):
        writer.write(ok(ANSWER)[:-10])
        await reader.read()

    server = await raw(stalls)
    assert type(await outcome(await connect(server.url, timeout_s=0.2), source)) is OutcomeUnknownError


async def test_a_refused_connection_is_surely_not_sent(connect, source):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        error = await outcome(await connect(f"http://127.0.0.1:{unused.getsockname()[1]}"), source)
    assert type(error) is UnreachableError
    assert error.executed is Executed.NO


async def test_a_name_that_does_not_resolve_is_surely_not_sent(connect, source, monkeypatch):
    def unknown_name(*_args: object, **_options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown_name)
    assert type(await outcome(await connect("https://api.ideogram.invalid"), source)) is UnreachableError


async def test_a_failed_tls_handshake_is_surely_not_sent(stack, connect, source):
    async def speaks_no_tls(_reader, writer):
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await stack.enter_async_context(await asyncio.start_server(speaks_no_tls, "127.0.0.1", 0))
    client = await connect(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    assert type(await outcome(client, source)) is UnreachableError


async def test_a_tls_handshake_that_is_never_answered_is_surely_not_sent(connect, source):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        client = await connect(f"https://127.0.0.1:{mute.getsockname()[1]}", timeout_s=0.2)
        assert type(await outcome(client, source)) is UnreachableError


@pytest.mark.parametrize("status", [301, 307, 308])
async def test_a_redirect_is_not_followed_with_the_key(status, raw, connect, source):
    other = await raw(says(ok(ANSWER)))
    head = b"HTTP/1.1 %d Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % (status, other.url.encode())
    server = await raw(says(head))
    assert type(await outcome(await connect(server.url), source)) is RequestRejectedError
    assert other.connections == 0


async def test_an_error_s_status_stands_even_if_its_body_is_lost(raw, connect, source):
    server = await raw(says(b"HTTP/1.1 429 Too Many\r\nContent-Length: 50\r\nRetry-After: 3\r\n\r\n{"))
    error = await outcome(await connect(server.url), source)
    assert type(error) is RateLimitedError
    assert error.retry_after == 3.0


async def test_an_answer_that_comes_before_the_picture_was_read_is_heard(raw, connect):
    async def refuses_early(_reader, writer):
        writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        await gone.wait()

    gone = asyncio.Event()
    server = await raw(refuses_early, read_body=False)
    client = await connect(server.url)
    try:
        error = await outcome(client, SourcePicture(bytes(9_000_000), "image/png", "png"))
    finally:
        gone.set()
    assert type(error) is KeyRejectedError


async def test_a_reset_in_the_middle_of_the_request_has_an_unknown_outcome_and_was_sent_once(raw, connect):
    async def takes_some_and_resets(reader, writer):
        await reader.readexactly(100_000)
        reset(writer)

    server = await raw(takes_some_and_resets, read_body=False)
    error = await outcome(await connect(server.url), SourcePicture(bytes(9_000_000), "image/png", "png"))
    assert type(error) is OutcomeUnknownError
    assert server.connections == 1


async def test_an_answer_in_gzip_is_read_although_plain_was_asked(raw, connect, source):
    server = await raw(says(ok(gzip.compress(ANSWER), b"Content-Encoding: gzip")))
    answer = await (await connect(server.url)).submit(REQUEST, source)
    assert answer.images[0].safe
    assert b"accept-encoding: identity" in server.requests[0].lower()


async def test_each_call_has_a_connection_of_its_own(raw, connect, source):
    async def keeps_alive(reader, writer):
        writer.write(ok(ANSWER, b"Connection: keep-alive"))
        await reader.read()

    server = await raw(keeps_alive)
    client = await connect(server.url)
    await client.submit(REQUEST, source)
    await client.submit(REQUEST, source)
    assert server.connections == 2


async def test_the_request_is_a_plain_form_with_a_length_and_the_key(raw, connect, source):
    server = await raw(says(ok(ANSWER)))
    await (await connect(f"{server.url}/")).submit(REQUEST, source)
    head = server.requests[0].decode()
    assert head.startswith("POST /v1/ideogram-v4/remix HTTP/1.1\r\n")
    assert f"\r\nApi-Key: {KEY}\r\n" in head
    assert "\r\nContent-Type: multipart/form-data; boundary=" in head
    assert "chunked" not in head.lower()
    assert "cookie" not in head.lower()
    assert server.bodies[0].count(b"Content-Disposition: form-data;") == 4
    assert source.data in server.bodies[0]


async def test_a_cookie_that_the_server_sets_is_not_sent_back(raw, connect, source):
    server = await raw(says(ok(ANSWER, b"Set-Cookie: who=you; Path=/")))
    client = await connect(server.url)
    await client.submit(REQUEST, source)
    await client.submit(REQUEST, source)
    assert b"cookie" not in server.requests[1].lower()


async def test_proxies_of_the_environment_do_not_see_the_key(raw, connect, source, monkeypatch):
    proxy = await raw(says(ok(ANSWER)))
    monkeypatch.setenv("http_proxy", proxy.url)
    server = await raw(says(ok(ANSWER)))
    await (await connect(server.url)).submit(REQUEST, source)
    assert proxy.connections == 0


async def test_a_cancelled_call_stays_cancelled(raw, connect, source):
    server = await raw(never_answers)
    client = await connect(server.url)
    call = asyncio.create_task(client.submit(REQUEST, source))
    await server.asked.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


async def test_an_endless_time_limit_can_be_set(raw, connect, source):
    server = await raw(says(ok(ANSWER)))
    assert (await (await connect(server.url, timeout_s=math.inf)).submit(REQUEST, source)).images[0].safe


async def test_two_hundred_calls_at_once_are_each_sent_once(raw, connect, source):
    server = await raw(says(ok(ANSWER)))
    client = await connect(server.url)
    answers = await asyncio.gather(*(client.submit(REQUEST, source) for _ in range(200)))
    assert len(answers) == len(server.bodies) == 200


@pytest.mark.parametrize("key", ["", "two\nlines", "tab\t", "schlüssel"])
def test_a_key_that_no_header_can_carry_is_refused_without_showing_it(key):
    with pytest.raises(ValueError, match="API key") as caught:
        IdeogramClient(api_url="http://x", api_key=key, timeout_s=1, image_hosts=(), max_result_bytes=1)
    assert not key or key not in str(caught.value)


LEAKS = {
    "closed": says(),
    "bad header": says(b"HTTP/1.1 200 OK\r\nno colon " + KEY.encode() + b"\r\n\r\n"),
    "told back": says(b"HTTP/1.1 400 No\r\nContent-Length: 31\r\n\r\n" + KEY.encode() + b"a fox."),
    "no JSON": says(ok(KEY.encode())),
    "half": says(ok(ANSWER)[:-3]),
}


@pytest.mark.parametrize("script", [pytest.param(script, id=name) for name, script in LEAKS.items()])
async def test_no_error_carries_the_key_the_prompt_or_the_picture(script, raw, connect, source, caplog):
    server = await raw(script)
    error = await outcome(await connect(server.url), source)
    told = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error)) + caplog.text
    assert error.__context__ is None
    assert error.__cause__ is None
    for secret in (KEY, "private fox", "sig=1"):
        assert secret not in told
