"""The traffic of client and stand-in against the published specification, where it lies beside the checkout."""

import json
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, FormData
from jsonschema import Draft7Validator

from bot.demo.ideogram_stand_in import GenerationFault
from bot.ideogram.wire import RemixResponse
from bot.ideogram.wire_generations import SUBMIT_PATHS, Pending, poll_path
from bot.rules.generations import Generation, IdeogramApi
from bot.rules.prices import Speed
from bot.rules.remix_request import RemixRequest
from bot.rules.resolutions import RESOLUTIONS_1K, RESOLUTIONS_2K

REPOSITORY = Path(__file__).parents[3]
SPECIFICATION = REPOSITORY.parent / "shared" / "spec" / "ideogram-remix-openapi.json"


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    if not SPECIFICATION.exists():
        pytest.skip("the excerpt of Ideogram's specification is not beside this checkout")
    schemas: dict[str, Any] = _with_nullable(json.loads(SPECIFICATION.read_text("utf-8"))["components"]["schemas"])
    return schemas


def _with_nullable(schema: Any) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON Schema says a second type."""
    if isinstance(schema, list):
        return [_with_nullable(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    converted = {name: _with_nullable(part) for name, part in schema.items()}
    if converted.get("nullable") is True:
        converted["type"] = [converted["type"], "null"]
    return converted


def check(schemas: Mapping[str, Any], name: str, message: object) -> None:
    root = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
    Draft7Validator(root).validate(message)


REQUESTS = [
    RemixRequest("a fox"),
    *(RemixRequest("a fox", weight, speed=speed) for weight, speed in product((1, 50, 100), Speed)),
    *(RemixRequest("a fox", resolution=size, copyright_check=True) for size in (*RESOLUTIONS_2K, *RESOLUTIONS_1K)),
]


REQUEST_SCHEMAS = {
    IdeogramApi.V1: "RemixImageRequestV4",
    IdeogramApi.V1_ASYNC: "RemixImageRequestV4",
    IdeogramApi.V2: "RemixImageIdeogramV4Request",
}
SUBMIT_SCHEMAS = {
    IdeogramApi.V1_ASYNC: "AsyncImageGenerationResponseV4",
    IdeogramApi.V2: "RemixImageIdeogramV4Response",
}


@pytest.mark.parametrize("api", IdeogramApi)
async def test_every_request_that_can_be_made_is_as_specified(api, schemas, stand_in, connect, source):
    stand_in.dials.long_side, stand_in.dials.max_in_flight = 16, len(REQUESTS)
    client, schema = await connect(stand_in.url, api=api), REQUEST_SCHEMAS[api]
    for request in REQUESTS:
        await client.submit(request, source)
    assert len(stand_in.calls) == len(REQUESTS)
    for call in stand_in.calls:
        message: dict[str, object] = {**call.fields, "image": "the file"}
        if "image_weight" in message:
            message["image_weight"] = int(call.fields["image_weight"])
        for name in {"enable_copyright_detection", "async"} & set(message):
            message[name] = call.fields[name] == "true"
        check(schemas, schema, message)
        assert set(message) <= set(schemas[schema]["properties"])


def form_for(api, source, **more: str) -> FormData:
    prompt = {"prompt": "a fox", "async": "true"} if api is IdeogramApi.V2 else {"text_prompt": "a fox"}
    form = FormData({**prompt, **more})
    form.add_field("image", source.data, filename="x.png", content_type="image/png")
    return form


VARIANTS = [{}, {"lean": True}, {"reports_cost": True, "plain_links": True, "deprecated": True}]


@pytest.mark.parametrize("api", SUBMIT_SCHEMAS)
@pytest.mark.parametrize("ends", GenerationFault)
@pytest.mark.parametrize("variant", VARIANTS, ids=str)
async def test_submits_and_polls_are_answered_as_specified(api, ends, variant, schemas, stand_in, source):
    stand_in.dials.turn({"generations": [ends], "images": 2, **variant})
    async with ClientSession(headers={"Api-Key": stand_in.api_key}) as session:
        async with session.post(stand_in.url + SUBMIT_PATHS[api], data=form_for(api, source)) as response:
            submitted = await response.json()
        check(schemas, SUBMIT_SCHEMAS[api], submitted)
        url = stand_in.url + poll_path(Generation(api, submitted["generation_id"]))
        expected = {GenerationFault.OK: "completed", GenerationFault.PENDING: "pending"}.get(ends, "failed")
        polled: dict[str, Any] = {}
        while polled.get("status") != expected:
            async with session.get(url) as response:
                polled = await response.json()
            check(schemas, "GenerationResponse", polled)
    for image in polled.get("data", []):
        check(schemas, "ImageGenerationObject", image)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize("fault", ["ok", "some-unsafe"])
async def test_the_client_reads_every_variant_that_is_specified(variant, fault, stand_in, connect, source):
    stand_in.dials.turn({"images": 2, **variant})
    for api in IdeogramApi:
        stand_in.dials.fail = [fault]
        client = await connect(stand_in.url, api=api, hosts=(stand_in.image_host,))
        answer = await client.submit(RemixRequest("a fox"), source)
        while not isinstance(answer, RemixResponse):
            polled = await client.poll(answer)
            answer = answer if polled == Pending() else polled
        assert [image.safe for image in answer.images] == [True, fault == "ok"]
        assert await client.fetch_image(answer.images[0].url)


async def test_v2_answers_at_once_where_async_is_left_out_and_makes_as_many_images_as_asked_for(
    schemas, stand_in, source
):
    url = stand_in.url + SUBMIT_PATHS[IdeogramApi.V2]
    form = form_for(IdeogramApi.V2, source, **{"async": "false", "num_images": "3", "private": "true"})
    async with ClientSession(headers={"Api-Key": stand_in.api_key}) as session, session.post(url, data=form) as reply:
        answered = await reply.json()
    check(schemas, "RemixImageIdeogramV4Response", answered)
    for image in answered["data"]:
        check(schemas, "RemixedImageObject", image)
    assert (len(answered["data"]), stand_in.calls[0].images) == (3, 3)


async def test_a_dry_run_is_answered_with_a_quote_and_runs_and_bills_nothing(schemas, stand_in, source):
    stand_in.dials.fail = ["402-funds"]
    url = stand_in.url + SUBMIT_PATHS[IdeogramApi.V2] + "?dry_run=true"
    async with ClientSession(headers={"Api-Key": stand_in.api_key}) as session:
        form = form_for(IdeogramApi.V2, source, rendering_speed="quality", num_images="2")
        async with session.post(url, data=form) as reply:
            quoted = await reply.json()
        async with session.post(url, data=form_for(IdeogramApi.V2, source, seed="1")) as reply:
            assert reply.status == 400
    check(schemas, "PriceQuote", quoted)
    assert (quoted["usd_micros"], quoted["qualifier"]) == (200_000, "exact")
    assert [(call.outcome, call.billed) for call in stand_in.calls] == [("dry-run", False), ("refused", False)]
    assert stand_in.dials.fail == ["402-funds"]


@pytest.mark.parametrize("fault", ["429", "402-inflight", "402-funds"])
async def test_limits_of_the_account_are_answered_as_specified(fault, schemas, stand_in, source):
    stand_in.dials.fail = [fault]
    status, message = await ask(stand_in, source)
    assert status == int(fault[:3])
    check(schemas, "GenerationErrorResponse", message)
    if message["reject_reason"] == "inflight_limit":
        assert {"max_inflight_requests", "task_completion_speed"} < set(message)


async def test_only_the_older_endpoints_name_their_successor_and_none_is_deprecated_by_itself(stand_in, source):
    signals: dict[IdeogramApi, tuple[str | None, str | None, bool]] = {}
    for is_over in (False, True):
        stand_in.dials.deprecated = is_over
        async with ClientSession(headers={"Api-Key": stand_in.api_key}) as session:
            for api in IdeogramApi:
                async with session.post(stand_in.url + SUBMIT_PATHS[api], data=form_for(api, source)) as reply:
                    body, headers = await reply.json(), reply.headers
                signals[api] = (headers.get("Link"), headers.get("Deprecation"), "notice" in body)
        link = '<https://developer.ideogram.ai/v2/api-reference/images/remix/ideogram-4>; rel="successor-version"'
        older = (link, "@1777420800" if is_over else None, True)
        assert signals == {IdeogramApi.V1: older, IdeogramApi.V1_ASYNC: older, IdeogramApi.V2: (None, None, False)}


@pytest.mark.parametrize(("poll", "status"), [("abc", 404), ("a.b", 400), ("a%20b", 400), ("abc?x=1", 400)])
async def test_a_poll_of_no_such_id_is_answered_as_specified(poll, status, stand_in):
    async with ClientSession(stand_in.url, headers={"Api-Key": stand_in.api_key}) as session:
        for version in ("v1", "v2"):
            async with session.get(f"/{version}/generations/{poll}") as reply:
                assert reply.status == status


def test_every_specified_resolution_is_known_to_the_rules(schemas):
    assert {str(size) for size in (*RESOLUTIONS_2K, *RESOLUTIONS_1K)} == set(schemas["ResolutionV4"]["enum"])


async def ask(stand_in, source) -> tuple[int, Any]:
    form = FormData({"text_prompt": "a fox"})
    form.add_field("image", source.data, filename="x.png", content_type="image/png")
    headers = {"Api-Key": stand_in.api_key}
    async with (
        ClientSession(headers=headers) as session,
        session.post(f"{stand_in.url}/v1/ideogram-v4/remix", data=form) as response,
    ):
        return response.status, await response.json()


@pytest.mark.parametrize(
    "fault", ["ok", "unsafe", "some-unsafe", "null-url", "missing-url", "empty-data", "extra-fields"]
)
async def test_the_stand_in_answers_as_specified(fault, schemas, stand_in, source):
    stand_in.dials.turn({"images": 2, "fail": [fault]})
    status, message = await ask(stand_in, source)
    assert status == 200
    check(schemas, "ImageGenerationResponseV4", message)


@pytest.mark.parametrize("fault", ["422-prompt", "422-image"])
async def test_the_stand_in_refuses_as_specified(fault, schemas, stand_in, source):
    stand_in.dials.fail = [fault]
    status, message = await ask(stand_in, source)
    assert status == 422
    check(schemas, "GenerateImageSafetyError", message)
