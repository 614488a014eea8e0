"""Submitting and polling over the wire: against servers that fail in every way, and against the strict stand-in."""

import asyncio
import traceback
from io import BytesIO

import pytest
from aiohttp import ClientSession, FormData
from ideogram_raw_server import KEY, ok, picture, reset, says

from bot.demo.ideogram_stand_in import Fault, GenerationFault
from bot.ideogram.errors import (
    IdeogramError,
    KeyRejectedError,
    OutcomeUnknownError,
    RateLimitedError,
    RequestRejectedError,
    UnreachableError,
)
from bot.ideogram.wire import RemixResponse
from bot.ideogram.wire_generations import GenerationFailed, Pending
from bot.rules.failures import FailureKind
from bot.rules.generations import Generation, IdeogramApi
from bot.rules.prices import Speed
from bot.rules.remix_request import RemixRequest

REQUEST = RemixRequest("a very private fox", weight=40, speed=Speed.QUALITY)
GENERATION = Generation(IdeogramApi.V2, "abc")
PATHS = {
    IdeogramApi.V1_ASYNC: "/v1/ideogram-v4/async/remix",
    IdeogramApi.V2: "/v2/image/remix/ideogram-4",
}
GOOD = {
    IdeogramApi.V1_ASYNC: {"text_prompt": "a fox"},
    IdeogramApi.V2: {"prompt": "a fox", "async": "true"},
}


@pytest.fixture(params=[*PATHS], ids=str)
def api(request):
    return request.param


@pytest.fixture
async def client(stand_in, connect, api):
    return await connect(stand_in.url, hosts=(stand_in.image_host,), api=api)


async def resets(_reader, writer):
    reset(writer)


async def never_stops(_reader, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"10000\r\n" + b" " * 65_536 + b"\r\n")
        await writer.drain()


BROKEN = {
    "closed": says(),
    "reset": resets,
    "half a body": says(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
    "endless": never_stops,
    "html": says(ok(b"<html></html>")),
    "gibberish": says(b"\x00\xff\x00\xff"),
}


@pytest.mark.parametrize("script", BROKEN.values(), ids=BROKEN)
async def test_a_broken_submit_has_an_unknown_outcome_and_is_sent_once(script, raw, connect, source, api):
    server = await raw(script)
    client = await connect(server.url, api=api)
    with pytest.raises(OutcomeUnknownError):
        await client.submit(REQUEST, source)
    assert server.connections == 1


@pytest.mark.parametrize("script", BROKEN.values(), ids=BROKEN)
async def test_a_broken_poll_is_an_error_and_leaks_nothing(script, raw, connect):
    server = await raw(script)
    with pytest.raises((UnreachableError, OutcomeUnknownError)) as caught:
        await (await connect(server.url)).poll(GENERATION)
    # aiohttp asks once more by itself where a GET was not answered at all. It never does for a POST.
    assert server.connections <= 2
    told = "".join(traceback.format_exception(caught.value))
    assert KEY not in told
    assert caught.value.__context__ is None


async def test_a_poll_goes_to_its_own_path_with_the_key_and_without_a_body(raw, connect):
    server = await raw(says(ok(b'{"status": "pending"}')))
    client = await connect(server.url, api=IdeogramApi.V1)
    assert await client.poll(GENERATION) == Pending()
    head = server.requests[0].decode().lower()
    assert head.startswith("get /v2/generations/abc http/1.1\r\n")
    assert f"api-key: {KEY}" in head
    assert "content-length" not in head


async def test_a_redirect_of_a_poll_is_not_followed(raw, connect):
    target = await raw(says(ok(b'{"status": "pending"}')))
    head = f"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: {target.url}/y\r\n\r\n"
    server = await raw(says(head.encode()))
    with pytest.raises(IdeogramError):
        await (await connect(server.url)).poll(GENERATION)
    assert target.connections == 0


async def test_no_connection_is_unreachable(connect, unused_tcp_port):
    client = await connect(f"http://127.0.0.1:{unused_tcp_port}")
    with pytest.raises(UnreachableError):
        await client.poll(GENERATION)


async def collected(client, generation):
    """Asked until it has ended."""
    outcome = await client.poll(generation)
    while outcome == Pending():
        await asyncio.sleep(0)
        outcome = await client.poll(generation)
    return outcome


async def test_it_is_submitted_made_and_collected(client, stand_in, source, api):
    stand_in.dials.turn({"images": 2, "latency_s": 60.0, "reports_cost": True})
    generation = await client.submit(REQUEST, source)
    assert generation == Generation(api, stand_in.calls[0].generation_id)
    assert await client.poll(generation) == Pending()
    stand_in.release()
    answer = await collected(client, generation)
    assert [image.safe for image in answer.images] == [True, True]
    assert answer.cost_micros == (200_000 if api is IdeogramApi.V2 else None)
    assert await client.poll(generation) == answer
    assert (await client.fetch_image(answer.images[1].url)).startswith(b"\x89PNG")
    assert (stand_in.in_flight, stand_in.calls[0].billed) == (0, True)


@pytest.mark.parametrize(
    ("ends", "kind"),
    [
        (GenerationFault.FAILED_BY_POLICY, FailureKind.SAFETY_REFUSED),
        (GenerationFault.FAILED, FailureKind.GENERATION_FAILED),
        (GenerationFault.FAILED_SILENTLY, None),
    ],
)
async def test_one_that_fails_is_not_billed_and_only_v2_may_say_why(api, client, stand_in, source, ends, kind):
    stand_in.dials.generations = [ends]
    silent = GenerationFailed(FailureKind.GENERATION_FAILED, explained=False)
    expected = silent if kind is None or api is IdeogramApi.V1_ASYNC else GenerationFailed(kind)
    assert await collected(client, await client.submit(REQUEST, source)) == expected
    assert not stand_in.calls[0].billed


async def test_faults_of_the_images_are_those_of_the_other_call(client, stand_in, source):
    stand_in.dials.fail = [Fault.SOME_UNSAFE]
    answer = await collected(client, await client.submit(REQUEST, source))
    assert isinstance(answer, RemixResponse)
    assert [image.safe for image in answer.images] == [True, False]


async def test_what_is_pending_takes_room_and_more_is_refused(client, stand_in, source):
    stand_in.dials.turn({"max_in_flight": 1, "generations": [GenerationFault.PENDING]})
    await client.submit(REQUEST, source)
    with pytest.raises(RateLimitedError):
        await client.submit(REQUEST, source)
    assert [call.billed for call in stand_in.calls] == [True, False]


async def test_an_id_is_good_for_its_own_api_and_key_only(client, stand_in, source, connect, api):
    generation = await client.submit(REQUEST, source)
    (other,) = set(PATHS) - {api}
    for wrong in (Generation(other, generation.id), Generation(api, "unknown")):
        with pytest.raises(RequestRejectedError):
            await client.poll(wrong)
    stranger = await connect(stand_in.url, api_key="another", api=api)
    with pytest.raises(KeyRejectedError):
        await stranger.poll(generation)


@pytest.mark.parametrize(
    ("changes", "file"),
    [
        ({"num_images": "0"}, True),
        ({"seed": "1"}, True),
        ({"image_weight": "101"}, True),
        ({"resolution": "1x1"}, True),
        ({"rendering_speed": "FLASH"}, True),
        ({"enable_copyright_detection": "yes"}, True),
        ({}, False),
    ],
)
async def test_what_is_not_documented_is_refused(stand_in, api, changes, file):
    assert await status_of(stand_in, api, {**GOOD[api], **changes}, file=file) == 400
    assert not any(call.billed for call in stand_in.calls)


async def test_each_api_has_its_own_spelling(stand_in, api):
    (other,) = set(PATHS) - {api}
    right, wrong = ("quality", "QUALITY") if api is IdeogramApi.V2 else ("QUALITY", "quality")
    assert await status_of(stand_in, api, {**GOOD[api], "rendering_speed": right}) == 200
    assert await status_of(stand_in, api, {**GOOD[api], "rendering_speed": wrong}) == 400
    assert await status_of(stand_in, api, GOOD[other]) == 400


async def status_of(stand_in, api, fields, *, file=True):
    form = FormData(fields, default_to_multipart=True)
    if file:
        form.add_field("image", BytesIO(picture().data), filename="x.png", content_type="image/png")
    async with (
        ClientSession(headers={"Api-Key": KEY}) as session,
        session.post(stand_in.url + PATHS[api], data=form) as response,
    ):
        return response.status
