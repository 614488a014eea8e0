"""The stand-in is as strict as the reference, shows what weight and prompt do, and counts what would have been paid."""

import asyncio
import json
import sys
from dataclasses import replace
from io import BytesIO
from itertools import islice

import pytest
from aiohttp import ClientSession, FormData, StreamReader
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import make_mocked_request
from ideogram_raw_server import KEY, picture
from PIL import Image, ImageChops, ImageStat

from bot.demo.ideogram_stand_in import Fault, IdeogramStandIn
from bot.demo.ideogram_stand_in.form import MAX_IMAGE_BYTES, read_form
from bot.ideogram.errors import (
    IdeogramError,
    InflightLimitError,
    InvalidInputError,
    KeyRejectedError,
    NoAccessError,
    OutcomeUnknownError,
    OutOfCreditError,
    PictureTooLargeError,
    PictureUnsafeError,
    PromptUnsafeError,
    RateLimitedError,
    RequestRejectedError,
    TurnedAwayError,
)
from bot.ideogram.wire import RemixResponse, SourcePicture
from bot.rules.generations import IdeogramApi
from bot.rules.remix_request import RemixRequest
from bot.rules.resolutions import Resolution

REQUEST = RemixRequest("a fox")
GOOD = {"text_prompt": "a fox"}
PICTURE = picture()


async def ask(stand_in, fields, file=PICTURE.data, *, name="image", filename="x.png", headers=None) -> tuple[int, str]:
    form = FormData(fields, default_to_multipart=True)
    if file is not None:
        form.add_field(name, BytesIO(file), filename=filename, content_type="image/png")
    async with (
        ClientSession() as session,
        session.post(
            f"{stand_in.url}/v1/ideogram-v4/remix", data=form, headers=headers or {"Api-Key": KEY}
        ) as response,
    ):
        return response.status, await response.text()


def decode(data: bytes) -> Image.Image:
    with Image.open(BytesIO(data)) as image:
        return image.convert("RGB")


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of the colours, 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one, other.resize(one.size))).mean) / 3


async def test_a_form_that_arrives_in_any_pieces_is_read():
    """If a short piece comes before a long one, aiohttp warns about itself, and in the tests a warning is an error."""
    protocol = BaseProtocol(asyncio.get_running_loop())
    protocol.connection_made(asyncio.Transport())
    content = StreamReader(protocol, 2**16, loop=asyncio.get_running_loop())
    headers = {"Content-Type": "multipart/form-data; boundary=end"}
    request = make_mocked_request("POST", "/", headers, payload=content)
    image = b'Content-Disposition: form-data; name="image"; filename="x.png"\r\n\r\n' + bytes(20_000)
    reading = asyncio.create_task(read_form(request, IdeogramApi.V1))
    for piece in (
        b'--end\r\nContent-Disposition: form-data; name="text_prompt"\r\n\r\na f',
        b"ox",
        b"\r\n--end\r\n" + image + b"\r\n--end--\r\n",
    ):
        content.feed_data(piece)
        for _ in range(20):
            await asyncio.sleep(0)
    content.feed_eof()
    form = await reading
    assert form.texts == GOOD
    assert form.image == bytes(20_000)


# Strictness


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"text_prompt": " "},
        {**GOOD, "image_weight": "0"},
        {**GOOD, "image_weight": "101"},
        {**GOOD, "image_weight": "5.0"},
        {**GOOD, "image_weight": "high"},
        {**GOOD, "image_weight": ""},
        {**GOOD, "resolution": "2048X2048"},
        {**GOOD, "resolution": "100x100"},
        {**GOOD, "rendering_speed": "FLASH"},
        {**GOOD, "rendering_speed": "BALANCED"},
        {**GOOD, "rendering_speed": "turbo"},
        {**GOOD, "enable_copyright_detection": "yes"},
        {**GOOD, "image_weight": "50", "resolution": "2048x2048"},
        {**GOOD, "seed": "1"},
        {**GOOD, "num_images": "1"},
        {**GOOD, "prompt": "a fox"},
        {**GOOD, "image": "text"},
        [("text_prompt", "a"), ("text_prompt", "b")],
    ],
    ids=str,
)
async def test_what_is_not_documented_is_answered_400_and_not_billed(fields, stand_in):
    file = None if "image" in fields else PICTURE.data
    assert (await ask(stand_in, fields, file))[0] == 400
    assert [(call.outcome, call.billed) for call in stand_in.calls] == [("refused", False)]


@pytest.mark.parametrize(
    "file", [None, b"", b"no picture", picture("GIF").data, picture("BMP").data, PICTURE.data[:100]], ids=range(6)
)
async def test_what_is_no_jpeg_png_or_webp_is_answered_400(file, stand_in):
    assert (await ask(stand_in, GOOD, file))[0] == 400


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
async def test_the_three_formats_are_taken(format_, stand_in):
    assert (await ask(stand_in, GOOD, picture(format_).data))[0] == 200


async def test_a_second_file_is_answered_400(stand_in):
    assert (await ask(stand_in, GOOD, name="mask"))[0] == 400


@pytest.mark.parametrize("api", IdeogramApi)
async def test_a_picture_over_the_limit_of_its_api_is_answered_a_bare_400(api, stand_in, connect):
    most = MAX_IMAGE_BYTES[api]
    client = await connect(stand_in.url, api=api)
    await client.submit(REQUEST, replace(PICTURE, data=PICTURE.data + bytes(most - len(PICTURE.data))))
    with pytest.raises(InvalidInputError):
        await client.submit(REQUEST, replace(PICTURE, data=PICTURE.data + bytes(most + 1 - len(PICTURE.data))))


@pytest.mark.parametrize("headers", [{"X": "y"}, {"Api-Key": "wrong"}, {"Authorization": f"Bearer {KEY}"}])
async def test_without_the_key_there_is_a_401_without_a_body(headers, stand_in):
    assert await ask(stand_in, GOOD, headers=headers) == (401, "")


async def test_a_body_that_is_no_form_is_answered_400(stand_in):
    async with (
        ClientSession(headers={"Api-Key": KEY}) as session,
        session.post(f"{stand_in.url}/v1/ideogram-v4/remix", json=GOOD) as response,
    ):
        assert response.status == 400


async def test_a_weight_with_a_resolution_of_the_same_shape_is_taken(client):
    answer = await client.submit(RemixRequest("a fox", 50, Resolution(2496, 1664)), picture(size=(96, 64)))
    assert answer.images[0].resolution == "2496x1664"


async def test_a_weight_with_nearly_the_same_shape_is_taken_or_not_as_the_dial_says(stand_in, client):
    """The reference does not say how nearly."""
    request = RemixRequest("a fox", 50, Resolution(2048, 2048))
    await client.submit(request, picture(size=(200, 199)))
    stand_in.dials.exact_ratio = True
    await client.submit(request, picture(size=(200, 200)))
    with pytest.raises(InvalidInputError):
        await client.submit(request, picture(size=(200, 199)))


# Faults

OUTCOMES = {
    Fault.TOO_MANY: InflightLimitError,
    Fault.TOO_MANY_BARE: InflightLimitError,
    Fault.TOO_MANY_RETRY_AFTER: RateLimitedError,
    Fault.IN_FLIGHT: InflightLimitError,
    Fault.NO_FUNDS: OutOfCreditError,
    Fault.KEY_REJECTED: KeyRejectedError,
    Fault.REJECTED: InvalidInputError,
    Fault.FORBIDDEN: NoAccessError,
    Fault.FORBIDDEN_PAGE: TurnedAwayError,
    Fault.NOT_FOUND: RequestRejectedError,
    Fault.PROMPT_UNSAFE: PromptUnsafeError,
    Fault.PICTURE_UNSAFE: PictureUnsafeError,
    Fault.TOO_LARGE: PictureTooLargeError,
    Fault.RESET_BEFORE_READING: OutcomeUnknownError,
    Fault.INTERNAL: OutcomeUnknownError,
    Fault.BAD_GATEWAY: OutcomeUnknownError,
    Fault.UNAVAILABLE: OutcomeUnknownError,
    Fault.HANG: OutcomeUnknownError,
    Fault.RESET: OutcomeUnknownError,
    Fault.HTML: OutcomeUnknownError,
    Fault.NO_DATA: OutcomeUnknownError,
    Fault.EMPTY_DATA: OutcomeUnknownError,
    Fault.TRUNCATED: OutcomeUnknownError,
}
NOT_BILLED = set(list(OUTCOMES)[:14])


@pytest.mark.parametrize("fault", OUTCOMES)
async def test_each_fault_is_one_call_with_its_error_and_is_billed_only_if_it_was_run(fault, stand_in, connect, source):
    client = await connect(stand_in.url, timeout_s=0.3 if fault is Fault.HANG else 30.0)
    stand_in.dials.fail = [fault]
    with pytest.raises(IdeogramError) as caught:
        await client.submit(REQUEST, source)
    assert type(caught.value) is OUTCOMES[fault]
    assert [(call.outcome, call.billed) for call in stand_in.calls] == [(fault, fault not in NOT_BILLED)]


@pytest.mark.parametrize(
    ("fault", "safe"),
    [
        ("unsafe", [False]),
        ("some-unsafe", [True, False]),
        ("null-url", [False]),
        ("empty-url", [False]),
        ("missing-url", [False]),
        ("extra-fields", [True]),
        *((fault, [True]) for fault in Fault if fault.startswith("link-")),
        ("ok", [True]),
    ],
)
async def test_these_faults_have_images(fault, safe, stand_in, client, source):
    stand_in.dials.fail = [fault]
    assert [image.safe for image in (await client.submit(REQUEST, source)).images] == safe
    assert [(call.billed, call.images) for call in stand_in.calls] == [(True, len(safe))]


async def test_scripted_faults_come_in_their_order_and_then_the_steady_one(stand_in, client, source):
    stand_in.dials.turn({"fail": ["429", "ok"], "always": "402-funds"})
    for error in (RateLimitedError, None, OutOfCreditError, OutOfCreditError):
        if error is None:
            await client.submit(REQUEST, source)
            continue
        with pytest.raises(error):
            await client.submit(REQUEST, source)


async def test_the_safety_check_refuses_prompts_with_the_word_that_the_dial_names(stand_in, client, source):
    stand_in.dials.unsafe_word = "unsafe"
    await client.submit(REQUEST, source)
    with pytest.raises(PromptUnsafeError):
        await client.submit(replace(REQUEST, prompt="Unsafe at any speed"), source)
    assert [call.billed for call in stand_in.calls] == [True, False]


async def test_calls_over_the_limit_are_answered_429_and_the_peak_is_known(stand_in, connect, source):
    stand_in.dials.turn({"max_in_flight": 2, "latency_s": 60})
    client = await connect(stand_in.url)
    calls = [asyncio.create_task(client.submit(REQUEST, source)) for _ in range(5)]
    for call in islice(asyncio.as_completed(calls), 3):
        with pytest.raises(InflightLimitError) as caught:
            await call
        assert caught.value.failure.max_inflight == 2
    assert stand_in.in_flight == stand_in.peak_in_flight == 2
    stand_in.release()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert [isinstance(outcome, RemixResponse) for outcome in outcomes].count(True) == 2
    assert [call.billed for call in stand_in.calls].count(True) == 2


async def test_hung_calls_do_not_hold_up_closing(connect, source):
    stand_in = IdeogramStandIn(api_key=KEY, always="hang")
    await stand_in.start()
    client = await connect(stand_in.url)
    calls = [asyncio.create_task(client.submit(REQUEST, source)) for _ in range(5)]
    await stand_in.until_running(5)
    async with asyncio.timeout(5):
        await stand_in.close()
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {OutcomeUnknownError}


async def test_calls_are_recorded_by_picture_and_prompt(stand_in, client, source):
    await client.submit(RemixRequest("a fox", 7), source)
    await client.submit(RemixRequest("a hen"), picture("JPEG"))
    first, second = stand_in.calls
    assert (first.prompt, first.fields["image_weight"]) == ("a fox", "7")
    assert second.prompt == "a hen"
    assert first.source_sha256 != second.source_sha256
    assert first.at <= second.at


@pytest.mark.parametrize(
    "change", [{"always": "nonsense"}, {"fail": ["x"]}, {"no_such_dial": 1}, {"images": 0}, {"latency_s": "x"}]
)
def test_a_dial_that_is_not_there_is_not_turned(change):
    dials = IdeogramStandIn().dials
    with pytest.raises((TypeError, ValueError)):
        dials.turn(change)
    assert dials == IdeogramStandIn().dials


# Pictures


async def remixed(client, prompt: str, weight: int | None, source: SourcePicture = PICTURE) -> Image.Image:
    answer = await client.submit(RemixRequest(prompt, weight), source)
    return decode(await client.fetch_image(answer.images[0].url))


async def test_weight_100_looks_like_the_source_and_less_weight_less_so(client):
    original = decode(PICTURE.data)
    far = [difference(await remixed(client, "a teal fox", weight), original) for weight in (100, 70, 30, 1)]
    assert far[0] < 3
    assert far == sorted(far)
    assert far[-1] > 30


async def test_the_prompt_shows_in_the_picture(client):
    red, green = [await remixed(client, f"a {colour} fox", 1) for colour in ("red", "lime")]
    assert difference(red, green) > 30


async def test_each_source_has_a_result_of_its_own(client):
    one = await remixed(client, "a fox", 100)
    other = await remixed(client, "a fox", 100, picture(size=(64, 96)))
    assert one.size == (64, 43)
    assert other.size == (43, 64)


async def test_full_size_files_have_the_resolution_that_the_answer_names(stand_in, client, source):
    stand_in.dials.full_size = True
    answer = await client.submit(RemixRequest("a fox", resolution=Resolution(512, 1536)), source)
    assert decode(await client.fetch_image(answer.images[0].url)).size == (512, 1536)


async def test_as_many_images_come_as_the_dial_says(stand_in, client, source):
    stand_in.dials.images = 3
    answer = await client.submit(REQUEST, source)
    assert len({image.seed for image in answer.images}) == len({image.url for image in answer.images}) == 3


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [("sig=", "sig=0", 403), ("exp=", "exp=9", 403), ("?exp", "?x&exp", 200), ("ephemeral/", "ephemeral/x", 403)],
)
async def test_a_link_holds_only_with_its_signature(old, new, status, client, source):
    url = (await client.submit(REQUEST, source)).images[0].url
    async with ClientSession() as session, session.get(url.replace(old, new)) as response:
        assert response.status == status


# From another process


async def test_it_can_be_steered_and_asked_over_http(stand_in, client, source):
    async with ClientSession(stand_in.url) as session:
        async with session.post("/_stand_in/dials", json={"fail": ["429"], "images": 2}) as response:
            assert response.status == 204
        async with session.post("/_stand_in/dials", json={"fail": ["nonsense"]}) as response:
            assert response.status == 400
        with pytest.raises(RateLimitedError):
            await client.submit(REQUEST, source)
        async with session.get("/_stand_in/calls") as response:
            seen = await response.json()
    assert [(call["outcome"], call["billed"], call["prompt"]) for call in seen["calls"]] == [("429", False, "a fox")]
    assert seen["peak_in_flight"] == 0
    assert stand_in.dials.images == 2


async def test_it_runs_as_a_process_and_says_where(source, connect):
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.demo.ideogram_stand_in", "--api-key", KEY, "--fail", "422-prompt"),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        where = json.loads(await process.stdout.readline())
        with pytest.raises(PromptUnsafeError):
            await (await connect(where["url"])).submit(REQUEST, source)
    finally:
        process.terminate()
        await process.communicate()
