"""The download of results: caps, hosts and addresses, and which failures are worth another try."""

import asyncio
import gzip
import socket
import traceback
import zlib

import pytest
from ideogram_raw_server import KEY, ok, reset, says

from bot.ideogram.errors import (
    HostRefusedError,
    LinkGoneError,
    LinkRefusedError,
    NotAPictureError,
    ResultFetchError,
    ResultTooLargeError,
    ResultUnavailableError,
)
from bot.rules.remix_request import RemixRequest

PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 100
QUERY = "exp=1743867804&sig=e13e12677633f646d8"
REQUEST = RemixRequest("a fox", weight=100)


async def failure(client, url: str) -> ResultFetchError:
    with pytest.raises(ResultFetchError) as caught:
        await client.fetch_image(url)
    assert caught.value.__context__ is None
    assert "sig=" not in "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    return caught.value


async def serve(raw, connect, script, **options):
    """A client that may fetch from a server with that script, the server, and a link to it."""
    server = await raw(script)
    return (
        await connect("http://unused.invalid", hosts=(server.host,), **options),
        server,
        f"{server.url}/x.png?{QUERY}",
    )


@pytest.mark.parametrize("data", [PNG, b"\xff\xd8\xff\xe0 jpeg", b"RIFF\x00\x00\x00\x00WEBPVP8 "])
async def test_the_bytes_of_a_picture_arrive_untouched(data, raw, connect):
    client, _, url = await serve(raw, connect, says(ok(data)))
    assert await client.fetch_image(url) == data


async def test_the_key_is_not_sent_with_a_link_and_the_signature_is_not_rewritten(raw, connect):
    client, server, _ = await serve(raw, connect, says(ok(PNG)))
    await client.fetch_image(f"{server.url}/a%2Fb/x.png?sig=a%2Bb+c%3D&e=%7e")
    head = server.requests[0]
    assert head.startswith(b"GET /a%2Fb/x.png?sig=a%2Bb+c%3D&e=%7e HTTP/1.1\r\n")
    assert KEY.encode() not in head
    assert b"cookie" not in head.lower()
    assert b"accept-encoding: identity" in head.lower()


@pytest.mark.parametrize(
    ("fault", "error", "permanent"),
    [
        ("link-403", LinkGoneError, True),
        ("link-404", LinkGoneError, True),
        ("link-redirect", LinkRefusedError, False),
        ("link-500-once", ResultUnavailableError, False),
        ("link-not-a-picture", NotAPictureError, False),
        ("link-endless", ResultTooLargeError, False),
    ],
)
async def test_a_bad_link_is_told_as_what_it_is(fault, error, permanent, stand_in, client, source):
    stand_in.dials.fail = [fault]
    url = (await client.submit(REQUEST, source)).images[0].url
    caught = await failure(client, url)
    assert (type(caught), caught.permanent) == (error, permanent)


async def test_a_link_that_failed_once_can_be_fetched_again(stand_in, client, source):
    stand_in.dials.fail = ["link-500-once"]
    url = (await client.submit(REQUEST, source)).images[0].url
    await failure(client, url)
    assert (await client.fetch_image(url)).startswith(b"\x89PNG")
    assert [call.billed for call in stand_in.calls] == [True]


@pytest.mark.parametrize(
    ("status", "error", "permanent"),
    [
        (204, ResultUnavailableError, False),
        (206, ResultUnavailableError, False),
        (302, LinkRefusedError, False),
        (304, LinkRefusedError, False),
        (410, LinkGoneError, True),
        (429, ResultUnavailableError, False),
        (503, ResultUnavailableError, False),
    ],
)
async def test_every_status_but_200_is_a_failure(status, error, permanent, raw, connect):
    head = b"HTTP/1.1 %d X\r\nContent-Length: 0\r\nLocation: /y\r\n\r\n" % status
    client, _, url = await serve(raw, connect, says(head))
    caught = await failure(client, url)
    assert (type(caught), caught.permanent) == (error, permanent)


async def test_a_redirect_is_not_followed_even_to_a_listed_host(raw, connect):
    target = await raw(says(ok(PNG)))
    head = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: %s/y\r\n\r\n" % target.url.encode()
    server = await raw(says(head))
    client = await connect("http://unused.invalid", hosts=(server.host, target.host))
    await failure(client, f"{server.url}/x.png")
    assert target.connections == 0


async def resets(_reader, writer):
    writer.write(ok(PNG)[:-50])
    await writer.drain()
    reset(writer)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(says(), id="closed"),
        pytest.param(says(ok(PNG)[:-50]), id="half"),
        pytest.param(resets, id="reset"),
        pytest.param(says(b"garbage\r\n\r\n"), id="not HTTP"),
        pytest.param(says(ok(b"no gzip", b"Content-Encoding: gzip")), id="broken gzip"),
    ],
)
async def test_a_broken_download_is_worth_another_try(script, raw, connect):
    client, _, url = await serve(raw, connect, script)
    assert type(await failure(client, url)) is ResultUnavailableError


async def test_a_refused_connection_is_worth_another_try(connect):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{unused.getsockname()[1]}"
        client = await connect("http://unused.invalid", hosts=(host,))
        assert type(await failure(client, f"http://{host}/x.png")) is ResultUnavailableError


@pytest.mark.parametrize("data", [b"", b"<html>", b"GIF89a", b"RIFF\x00\x00\x00\x00WAVE", b'{"error": "x"}'])
async def test_what_is_no_picture_is_not_taken_for_one(data, raw, connect):
    client, _, url = await serve(raw, connect, says(ok(data)))
    caught = await failure(client, url)
    assert type(caught) is NotAPictureError
    assert not caught.permanent


async def test_a_picture_may_be_as_large_as_the_cap_and_not_a_byte_larger(raw, connect):
    client, _, url = await serve(raw, connect, says(ok(PNG)), cap=len(PNG))
    assert await client.fetch_image(url) == PNG
    client, _, url = await serve(raw, connect, says(ok(PNG)), cap=len(PNG) - 1)
    assert type(await failure(client, url)) is ResultTooLargeError


async def test_a_length_over_the_cap_is_refused_before_the_body_comes(raw, connect):
    async def announces(reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
        await reader.read()

    client, _, url = await serve(raw, connect, announces)
    assert type(await failure(client, url)) is ResultTooLargeError


@pytest.mark.parametrize(("encoding", "compress"), [(b"gzip", gzip.compress), (b"deflate", zlib.compress)])
async def test_a_compressed_bomb_is_stopped_at_the_cap(encoding, compress, raw, connect):
    script = says(ok(compress(PNG + bytes(300_000_000), 1), b"Content-Encoding: " + encoding))
    client, _, url = await serve(raw, connect, script, cap=1_000_000)
    assert type(await failure(client, url)) is ResultTooLargeError


async def test_a_compressed_picture_is_read_although_plain_was_asked(raw, connect):
    client, _, url = await serve(raw, connect, says(ok(gzip.compress(PNG), b"Content-Encoding: gzip")))
    assert await client.fetch_image(url) == PNG


async def test_a_host_that_is_not_listed_is_not_connected_to(raw, connect):
    server = await raw(says(ok(PNG)))
    client = await connect("http://unused.invalid", hosts=("ideogram.ai",))
    assert type(await failure(client, f"{server.url}/x.png")) is HostRefusedError
    assert server.connections == 0


async def test_an_allowed_address_under_a_name_that_is_not_listed_is_not_connected_to(raw, connect):
    server = await raw(says(ok(PNG)))
    client = await connect("http://unused.invalid", hosts=(server.host.replace("127.0.0.1", "localhost"),))
    assert type(await failure(client, f"{server.url}/x.png")) is HostRefusedError
    assert server.connections == 0


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "[fd00::1]", "[64:ff9b::a00:1]"])
async def test_a_listed_private_address_is_not_connected_to(address, connect):
    client = await connect("http://unused.invalid", hosts=(address.strip("[]"),))
    assert type(await failure(client, f"https://{address}/x.png?sig=1")) is LinkRefusedError


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["10.0.0.1", "10.0.0.2"], ["::1", "127.0.0.1"]])
async def test_a_listed_name_with_a_private_address_is_not_connected_to(addresses, connect, monkeypatch):
    def resolve(_host, port, *_args, **_options):
        found = [(socket.AF_INET6 if ":" in address else socket.AF_INET, address) for address in addresses]
        return [(family, socket.SOCK_STREAM, 6, "", (address, port)) for family, address in found]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    client = await connect("http://unused.invalid", hosts=("ideogram.ai",))
    assert type(await failure(client, f"https://ideogram.ai/x.png?{QUERY}")) is LinkRefusedError


async def never_answers(reader, _writer):
    await reader.read()


async def test_a_download_that_outlives_its_time_is_worth_another_try(raw, connect, monkeypatch):
    monkeypatch.setattr("bot.ideogram.connections.FETCH_TIMEOUT_S", 0.2)
    client, _, url = await serve(raw, connect, never_answers)
    assert type(await failure(client, url)) is ResultUnavailableError


async def test_a_cancelled_download_stays_cancelled(raw, connect):
    client, server, url = await serve(raw, connect, never_answers)
    download = asyncio.create_task(client.fetch_image(url))
    await server.asked.wait()
    download.cancel()
    with pytest.raises(asyncio.CancelledError):
        await download
