"""What the API's answers mean, row by row, and what a request looks like."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    RequestRejectedError,
    SafetyRefusedError,
    TurnedAwayError,
)
from bot.ideogram.wire import FormField, RemixResponse, ResponseImage, SourcePicture, form_fields, read_response
from bot.rules.failures import Executed, FailureKind, ProviderProblem
from bot.rules.prices import Speed
from bot.rules.remix_request import RemixRequest
from bot.rules.resolutions import Resolution

LINK = "https://ideogram.ai/api/images/ephemeral/xtdZiqPwRxqY1Y7NExFmzB.png?exp=1743867804&sig=e13e12677633f646d8"
SOURCE = SourcePicture(b"the bytes", "image/png", "png")
IMAGE = {"prompt": "p", "resolution": "2048x2048", "is_image_safe": True, "seed": 12345, "url": LINK}


def answer_with(*data: object, **extra: object) -> bytes:
    return json.dumps({"created": "2000-01-23 04:56:07+00:00", "data": data, "response_type": "url", **extra}).encode()


def read(body: bytes, status: int = 200) -> RemixResponse:
    return read_response(status, {}, body)


def fail(status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> IdeogramError:
    with pytest.raises(IdeogramError) as caught:
        read_response(status, headers or {}, body)
    return caught.value


# The request


def test_a_plain_request_sends_only_prompt_speed_and_picture():
    assert form_fields(RemixRequest("a fox"), SOURCE) == (
        FormField("text_prompt", "a fox"),
        FormField("rendering_speed", "DEFAULT"),
        FormField("image", b"the bytes", "image/png", "source.png"),
    )


def test_a_full_request_sends_every_documented_field_as_text():
    request = RemixRequest("a fox", 1, Resolution(1440, 2880), Speed.TURBO, copyright_check=True)
    texts = {field.name: field.value for field in form_fields(request, SOURCE)}
    assert texts == {
        "text_prompt": "a fox",
        "image_weight": "1",
        "resolution": "1440x2880",
        "rendering_speed": "TURBO",
        "enable_copyright_detection": "true",
        "image": b"the bytes",
    }


def test_half_a_character_in_a_prompt_can_be_sent():
    fields = form_fields(RemixRequest("fox \ud83d"), SOURCE)
    assert fields[0].value == "fox ?"


@pytest.mark.parametrize("extension", ["webp", ".webp"])
def test_the_file_has_our_own_name(extension):
    picture = SourcePicture(b"x", "image/webp", extension)
    assert form_fields(RemixRequest("a"), picture)[-1].filename == "source.webp"


def test_nobody_s_picture_prompt_or_link_is_in_a_repr():
    shown = repr((SOURCE, form_fields(RemixRequest("a secret fox"), SOURCE), read(answer_with(IMAGE))))
    assert "the bytes" not in shown
    assert "secret fox" not in shown
    assert "sig=" not in shown


# Answers with images


def test_the_documented_answer_is_read():
    assert read(answer_with(IMAGE)) == RemixResponse(
        (ResponseImage(safe=True, seed=12345, resolution="2048x2048", url=LINK),)
    )


def test_all_images_are_kept_in_their_order():
    body = answer_with({**IMAGE, "seed": 1}, {**IMAGE, "seed": 2}, {**IMAGE, "seed": 3})
    assert [image.seed for image in read(body).images] == [1, 2, 3]


@pytest.mark.parametrize(
    "change",
    [
        {"is_image_safe": False, "url": None},
        {"is_image_safe": False, "url": ""},
        {"is_image_safe": False},
        {"is_image_safe": None},
        {"is_image_safe": "true"},
        {"is_image_safe": 1},
        {"url": None},
        {"url": ""},
        {"url": "  "},
        {"url": 7},
        {"url": [LINK]},
    ],
)
def test_an_image_that_is_not_clearly_safe_or_has_no_link_is_withheld(change):
    images = read(answer_with({**IMAGE, **change}, IMAGE)).images
    assert [image.safe for image in images] == [False, True]
    assert images[0].url is None


def test_an_image_without_a_link_is_withheld():
    assert not read(answer_with({"is_image_safe": True, "seed": 1})).images[0].safe


def test_without_a_safety_flag_the_link_decides():
    assert read(answer_with({"url": LINK})).images[0].safe
    assert not read(answer_with({"url": None})).images[0].safe


@pytest.mark.parametrize("entry", [None, 1, "x", [], {}, {"url": {}}])
def test_a_malformed_entry_is_withheld_and_the_good_ones_stay(entry):
    assert [image.safe for image in read(answer_with(entry, IMAGE)).images] == [False, True]


def test_unknown_fields_are_ignored():
    body = answer_with({**IMAGE, "layers": [{"url": "x"}]}, request_id="7", status_code=200)
    assert read(body).images[0].url == LINK


@pytest.mark.parametrize("created", ["2000-01-23T04:56:07Z", "nonsense", None, 7])
def test_the_time_of_creation_is_not_needed(created):
    assert read(answer_with(IMAGE, created=created)).images[0].safe


@pytest.mark.parametrize("seed", [True, -1, 1.5, "7", None, 2**63, [1]])
def test_an_odd_seed_is_left_out(seed):
    assert read(answer_with({**IMAGE, "seed": seed})).images[0].seed is None


@pytest.mark.parametrize(("told", "kept"), [("1000x20", "1000x20"), ("odd", "odd"), ("x" * 33, None), (5, None)])
def test_the_resolution_is_free_short_text(told, kept):
    assert read(answer_with({**IMAGE, "resolution": told})).images[0].resolution == kept


@pytest.mark.parametrize("status", [201, 202])
def test_images_in_another_success_are_kept(status):
    assert read(answer_with(IMAGE), status).images[0].safe


def test_images_beside_an_error_text_are_kept_because_they_are_paid():
    assert read(answer_with(IMAGE, error="partial", status_code=500)).images[0].safe


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b"{}",
        b'{"data": []}',
        b'{"data": null}',
        b'{"data": {}}',
        b'{"data": "x"}',
        b'{"error": "Internal error", "status_code": 500}',
        b"<html><body>Just a moment...</body></html>",
        b'{"data": [{"url": "x"}]',
        b'{"data": [{"url": "\xff"}]}',
        b'{"data": [{"url": "a"}], "data": [{"url": "b"}]}',
        b'{"data": [{"url": "a", "url": "b"}]}',
        b'{"data": [{"url": "a", "seed": NaN}]}',
        b'{"data": [{"url": "a", "seed": -Infinity}]}',
        b'{"data": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b'{"data": [{"url": "a", "seed": ' + b"9" * 5_000 + b"}]}",
    ],
    ids=range(19),
)
def test_a_success_without_readable_images_has_an_unknown_outcome(body):
    error = fail(200, body)
    assert type(error) is OutcomeUnknownError
    assert error.executed is Executed.UNKNOWN


# Errors, the rows of the table

REJECTED = FailureKind.REQUEST_REJECTED


def reason(code: str) -> bytes:
    return json.dumps({"error": "told to nobody", "reject_reason": code, "max_inflight_requests": 10}).encode()


@pytest.mark.parametrize(
    ("status", "body", "kind", "trouble", "failure_kind"),
    [
        (400, b"free text", InvalidInputError, ProviderProblem.REFUSED, REJECTED),
        (400, b'{"error": "x"}', InvalidInputError, ProviderProblem.REFUSED, REJECTED),
        (401, b"", KeyRejectedError, ProviderProblem.KEY_REJECTED, None),
        (402, reason("insufficient_funds"), OutOfCreditError, ProviderProblem.OUT_OF_CREDIT, None),
        (402, reason("daily_limit"), OutOfCreditError, ProviderProblem.OUT_OF_CREDIT, None),
        (402, reason("subscription_required"), OutOfCreditError, ProviderProblem.OUT_OF_CREDIT, None),
        (402, b"", OutOfCreditError, ProviderProblem.OUT_OF_CREDIT, None),
        (402, b"[1]", OutOfCreditError, ProviderProblem.OUT_OF_CREDIT, None),
        (402, reason("inflight_limit"), InflightLimitError, ProviderProblem.RATE_LIMITED, None),
        (403, b"", NoAccessError, ProviderProblem.NO_ACCESS, None),
        (403, b'{"error": "x"}', NoAccessError, ProviderProblem.NO_ACCESS, None),
        (403, b"\n<!DOCTYPE html><title>Blocked</title>", TurnedAwayError, ProviderProblem.TURNED_AWAY, None),
        (404, b"", RequestRejectedError, ProviderProblem.REFUSED, REJECTED),
        (405, b"", RequestRejectedError, ProviderProblem.REFUSED, REJECTED),
        (418, b"", RequestRejectedError, ProviderProblem.REFUSED, REJECTED),
        (413, b"", PictureTooLargeError, ProviderProblem.REFUSED, FailureKind.PICTURE_TOO_LARGE),
        (
            422,
            b'{"error": "Prompt provided failed safety check due to ..."}',
            PromptUnsafeError,
            ProviderProblem.REFUSED,
            FailureKind.PROMPT_UNSAFE,
        ),
        (
            422,
            b'{"error": "Image provided failed safety check"}',
            PictureUnsafeError,
            ProviderProblem.REFUSED,
            FailureKind.PICTURE_UNSAFE,
        ),
        (422, b'{"error": 7}', SafetyRefusedError, ProviderProblem.REFUSED, FailureKind.SAFETY_REFUSED),
        (422, b"", SafetyRefusedError, ProviderProblem.REFUSED, FailureKind.SAFETY_REFUSED),
        (429, reason("inflight_limit"), InflightLimitError, ProviderProblem.RATE_LIMITED, None),
        (429, b"", InflightLimitError, ProviderProblem.RATE_LIMITED, None),
        (301, b"", RequestRejectedError, ProviderProblem.REFUSED, REJECTED),
        (307, b"", RequestRejectedError, ProviderProblem.REFUSED, REJECTED),
        (308, b"", RequestRejectedError, ProviderProblem.REFUSED, REJECTED),
    ],
)
def test_these_are_surely_not_run_and_not_billed(status, body, kind, trouble, failure_kind):
    error = fail(status, body)
    assert type(error) is kind
    assert error.executed is Executed.NO
    assert (error.failure.problem, error.failure.kind) == (trouble, failure_kind)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 599, 302, 303, 304, 100, 999])
def test_these_may_have_been_run_and_billed(status):
    error = fail(status, answer_with(IMAGE))
    assert type(error) is OutcomeUnknownError
    assert error.executed is Executed.UNKNOWN
    assert error.failure.problem is ProviderProblem.OUTCOME_UNKNOWN


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"RETRY-AFTER": " 0 "}, 0.0),
        ({"Retry-After": "1.5"}, 1.5),
        ({"Retry-After": "86400"}, 3600.0),
        ({"Retry-After": "999999999999"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "٣"}, None),
        (
            {"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT", "Date": "Fri, 31 Dec 1999 23:59:29 GMT"},
            30.0,
        ),
        ({"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT", "Date": "Sat, 01 Jan 2000 00:00:00 GMT"}, 0.0),
        ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT", "Date": "Sat, 01 Jan 2000 00:00:00 GMT"}, 3600.0),
        ({"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}, None),
        ({"Retry-After": "Fri, 31 Dec 1999 23:59:59 -0000", "Date": "Sat, 01 Jan 2000 00:00:00 GMT"}, None),
        ({"Retry-After": "Fri, 99 Dec 1999 23:59:59 GMT", "Date": "Sat, 01 Jan 2000 00:00:00 GMT"}, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date_capped_and_else_ignored(headers, seconds):
    error = fail(429, reason("inflight_limit"), headers)
    assert error.retry_after == seconds
    assert error.failure.retry_after == seconds


def test_the_rate_limit_s_twin_honours_retry_after_as_well():
    assert fail(402, reason("inflight_limit"), {"Retry-After": "9"}).retry_after == 9.0


LIMIT = {"error": "x", "reject_reason": "inflight_limit"}


@pytest.mark.parametrize("status", [402, 429])
@pytest.mark.parametrize(
    ("named", "read_as"),
    [
        ({"max_inflight_requests": 8, "task_completion_speed": "fast"}, 8),
        ({"max_inflight_requests": 1}, 1),
        ({}, None),
        *(({"max_inflight_requests": odd}, None) for odd in (0, -1, True, 8.0, "8", None, [8], 10**9)),
    ],
    ids=str,
)
def test_the_limit_of_images_in_progress_is_read_where_it_is_named(status, named, read_as):
    failure = fail(status, json.dumps(LIMIT | named).encode(), {"Retry-After": "3"}).failure
    assert (failure.is_inflight_limit, failure.max_inflight, failure.retry_after) == (True, read_as, 3.0)


@pytest.mark.parametrize(
    ("body", "headers", "is_limit"),
    [
        (b"", {}, True),
        (b"Too many requests.", {}, True),
        (b"", {"Retry-After": "7"}, False),
        (b'{"error": "x", "reject_reason": "another"}', {}, False),
        (b'{"error": "x", "reject_reason": "another"}', {"Retry-After": "7"}, False),
    ],
)
def test_a_429_that_only_says_when_to_come_back_is_no_limit_of_images_in_progress(body, headers, is_limit):
    failure = fail(429, body, headers).failure
    assert (failure.problem, failure.is_inflight_limit) == (ProviderProblem.RATE_LIMITED, is_limit)
    assert failure.max_inflight is None


def test_a_short_reason_code_is_told_to_the_operator():
    assert str(fail(402, reason("daily_limit"))) == "status 402 daily_limit"


@pytest.mark.parametrize("told", ["sk_live_4f9aK2", "your key abcdef", "a" * 17, "see https://x?sig=1", ""])
def test_the_provider_s_words_are_told_to_nobody(told):
    body = json.dumps({"error": told or "zzz", "reject_reason": told, "detail": told}).encode()
    for status in (400, 401, 402, 403, 413, 422, 429, 500):
        assert (told or "zzz") not in str(fail(status, body))


def outcome(status: int, body: bytes, headers: dict[str, str] | None = None) -> RemixResponse | IdeogramError:
    try:
        return read_response(status, headers or {}, body)
    except IdeogramError as error:
        return error


ANY_BYTES = {"status": st.integers(0, 999), "body": st.binary(max_size=200), "after": st.text(max_size=20)}


@given(**ANY_BYTES)
def test_no_answer_makes_anything_but_images_or_our_error(status, body, after):
    assert outcome(status, body, {"Retry-After": after, "Date": after})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*IMAGE, "error"]), inner, max_size=4),
    max_leaves=12,
)


ANY_JSON = {"status": st.sampled_from([200, 400, 402, 422, 429, 500]), "data": JSON, "code": JSON}


@given(**ANY_JSON)
def test_no_json_makes_anything_but_images_or_our_error(status, data, code):
    read_so = outcome(status, json.dumps({"data": data, "error": code, "reject_reason": code}).encode())
    if isinstance(read_so, RemixResponse):
        assert status == 200
        assert all(image.safe == bool(image.url) for image in read_so.images)
