"""Submitting a generation and asking for it, row by row: what is sent, and what each answer means."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ideogram.errors import (
    IdeogramError,
    InvalidInputError,
    KeyRejectedError,
    NoAccessError,
    OutcomeUnknownError,
    OutOfCreditError,
    PictureUnsafeError,
    RateLimitedError,
    RequestRejectedError,
)
from bot.ideogram.wire import FormField, RemixResponse, ResponseImage, SourcePicture
from bot.ideogram.wire_generations import (
    GenerationFailed,
    Pending,
    poll_path,
    read_poll,
    read_submitted,
    submit_fields,
)
from bot.rules.failures import Executed, FailureKind
from bot.rules.generations import Generation, IdeogramApi
from bot.rules.prices import Speed
from bot.rules.remix_request import RemixRequest
from bot.rules.resolutions import Resolution

V1, V1_ASYNC, V2 = IdeogramApi
SOURCE = SourcePicture(b"the bytes", "image/png", "png")
FULL = RemixRequest("a fox", 1, Resolution(1440, 2880), Speed.TURBO, copyright_check=True)
LINK = "https://ideogram.ai/api/images/ephemeral/x.png?exp=1&sig=2"
IMAGE = {"prompt": "p", "resolution": "2048x2048", "is_image_safe": True, "seed": 5, "url": LINK}
READ = ResponseImage(safe=True, seed=5, resolution="2048x2048", url=LINK)
ID = "dGVzdA-_0"
GENERATION = Generation(V2, ID)
HOSTILE_IDS = ["", ".", "..", "../key", "a/b", "a?b", "a#b", "a%2Fb", "a b", "a\n", "é", "=", "a===", "x" * 201]


def texts_of(api, request):
    return {field.name: field.value for field in submit_fields(api, request, SOURCE)}


@pytest.mark.parametrize("api", [V1, V1_ASYNC])
def test_both_forms_of_v1_send_the_same_fields(api):
    assert texts_of(api, FULL) == {
        "text_prompt": "a fox",
        "image_weight": "1",
        "resolution": "1440x2880",
        "rendering_speed": "TURBO",
        "enable_copyright_detection": "true",
        "image": b"the bytes",
    }


def test_v2_has_names_and_speeds_of_its_own_and_is_asked_not_to_wait():
    assert texts_of(V2, FULL) == {
        "prompt": "a fox",
        "image_weight": "1",
        "resolution": "1440x2880",
        "rendering_speed": "turbo",
        "enable_copyright_detection": "true",
        "async": "true",
        "image": b"the bytes",
    }


def test_a_plain_v2_request_sends_what_is_needed_and_the_picture_last():
    assert submit_fields(V2, RemixRequest("a \ud800"), SOURCE) == (
        FormField("prompt", "a ?"),
        FormField("rendering_speed", "default"),
        FormField("async", "true"),
        FormField("image", b"the bytes", "image/png", "source.png"),
    )


def submitted(body: object, status: int = 200, api: IdeogramApi = V2):
    return read_submitted(api, status, {}, body if isinstance(body, bytes) else json.dumps(body).encode())


def collected(body: object, status: int = 200, headers: dict[str, str] | None = None):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_poll(GENERATION, status, headers or {}, data)


@pytest.mark.parametrize("api", [V1_ASYNC, V2])
def test_a_submit_is_answered_with_an_id_whatever_else_stands_there(api):
    assert submitted({"generation_id": ID, "seed": 1, "more": [1]}, api=api) == Generation(api, ID)
    assert submitted({"generation_id": f"{ID}=="}, status=202, api=api) == Generation(api, f"{ID}==")


def test_v1_is_answered_with_its_images():
    assert submitted({"data": [IMAGE]}, api=V1) == RemixResponse((READ,))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Just a moment...</html>",
        b'{"generation_id": "dGVz',
        b'{"generation_id": "a", "generation_id": "b"}',
        b"[" * 100_000,
        [],
        {},
        {"id": ID},
        {"generation_id": None},
        {"generation_id": 7},
        {"generation_id": [ID]},
        *({"generation_id": name} for name in HOSTILE_IDS),
    ],
)
@pytest.mark.parametrize("api", [V1_ASYNC, V2])
def test_a_success_without_a_readable_id_may_have_been_run(api, body):
    with pytest.raises(OutcomeUnknownError) as caught:
        submitted(body, api=api)
    assert caught.value.executed is Executed.UNKNOWN


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, b"", InvalidInputError),
        (401, b"", KeyRejectedError),
        (402, b'{"error": "x", "reject_reason": "insufficient_funds"}', OutOfCreditError),
        (402, b'{"error": "x", "reject_reason": "inflight_limit"}', RateLimitedError),
        (404, b"", RequestRejectedError),
        (422, b'{"error": "Image provided failed safety check"}', PictureUnsafeError),
        (429, b"", RateLimitedError),
        (500, b"", OutcomeUnknownError),
        (503, b"", OutcomeUnknownError),
    ],
)
@pytest.mark.parametrize("api", IdeogramApi)
def test_a_refused_submit_means_the_same_in_every_api(api, status, body, error):
    with pytest.raises(error):
        submitted(body, status, api)


@pytest.mark.parametrize(
    ("api", "path"), [(V1_ASYNC, f"/v1/generations/{ID}"), (V2, f"/v2/generations/{ID}")], ids=["v1-async", "v2"]
)
def test_each_is_polled_where_it_was_submitted(api, path):
    assert poll_path(Generation(api, ID)) == path


@pytest.mark.parametrize("name", HOSTILE_IDS)
def test_an_id_that_would_leave_its_path_is_never_polled(name):
    with pytest.raises(ValueError, match="generation id"):
        poll_path(Generation(V2, name))


def test_a_pending_one_is_pending():
    assert collected({"generation_id": ID, "status": "pending", "created": "x"}) == Pending()


@pytest.mark.parametrize(
    ("cost", "read"),
    [(60_000, 60_000), (0, 0), (None, None), (-1, None), ("60000", None), (True, None), (10**12, None)],
)
def test_a_completed_one_has_its_images_and_what_they_cost_where_that_can_be_true(cost, read):
    body = {"generation_id": ID, "status": "completed", "data": [IMAGE, {"is_image_safe": False}]}
    answer = collected({**body, "usage_cost_usd_micros": cost})
    assert answer == RemixResponse((READ, ResponseImage(safe=False)), read)
    assert collected(body).cost_micros is None


def test_images_without_a_status_are_images():
    assert collected({"data": [IMAGE]}) == RemixResponse((READ,))


@pytest.mark.parametrize(
    ("reason", "cost", "read"),
    [
        ("content_policy_violation", None, GenerationFailed(FailureKind.SAFETY_REFUSED)),
        ("CONTENT_POLICY_VIOLATION", 0, GenerationFailed(FailureKind.SAFETY_REFUSED)),
        ("output_moderation", None, GenerationFailed(FailureKind.SAFETY_REFUSED)),
        ("content_policy_violation", 60_000, GenerationFailed(FailureKind.ALL_WITHHELD, 60_000)),
        ("internal_error", None, GenerationFailed(FailureKind.GENERATION_FAILED)),
        ("internal_error", 30_000, GenerationFailed(FailureKind.GENERATION_FAILED, 30_000)),
        (None, None, GenerationFailed(FailureKind.GENERATION_FAILED, explained=False)),
        (" ", None, GenerationFailed(FailureKind.GENERATION_FAILED, explained=False)),
        (["policy"], None, GenerationFailed(FailureKind.GENERATION_FAILED, explained=False)),
    ],
)
def test_a_failed_one_is_refused_or_failed_and_costs_what_is_told(reason, cost, read):
    body = {"generation_id": ID, "status": "failed", "failure_reason": reason, "usage_cost_usd_micros": cost}
    assert collected(body) == read


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Just a moment...</html>",
        b'{"status": "comple',
        b'{"status": "pending", "status": "failed"}',
        [],
        {},
        {"generation_id": ID},
        {"generation_id": ID, "status": "resting"},
        {"generation_id": ID, "status": 1},
        {"generation_id": ID, "status": ["completed"]},
        {"generation_id": ID, "status": "completed"},
        {"generation_id": ID, "status": "completed", "data": []},
        {"generation_id": ID, "status": "completed", "data": {"url": LINK}},
        {"generation_id": "another", "status": "completed", "data": [IMAGE]},
        {"generation_id": None, "status": "completed", "data": [IMAGE]},
    ],
)
def test_a_poll_that_tells_nothing_clear_or_of_another_one_is_no_answer(body):
    with pytest.raises(OutcomeUnknownError):
        collected(body)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, KeyRejectedError),
        (402, OutOfCreditError),
        (403, NoAccessError),
        (404, RequestRejectedError),
        (429, RateLimitedError),
        (500, OutcomeUnknownError),
        (302, OutcomeUnknownError),
    ],
)
def test_a_poll_that_is_refused_says_why_and_when_to_come_back(status, error):
    with pytest.raises(error) as caught:
        collected(b"", status, {"Retry-After": "7"})
    assert caught.value.retry_after == (None if error is KeyRejectedError else 7)


@given(st.integers(100, 599), st.binary(max_size=200))
def test_whatever_comes_is_read_or_is_an_ideogram_error(status, body):
    with suppress(IdeogramError):
        read_submitted(V2, status, {}, body)
    with suppress(IdeogramError):
        read_poll(GENERATION, status, {}, body)
