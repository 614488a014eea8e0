"""Submits remixes asynchronously and reads the polls of their generations. Pure.

Source: https://developer.ideogram.ai/api-reference for v2. The asynchronous v1 API is only in the published OpenAPI
specification, not in the reference.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from bot.ideogram.errors import OutcomeUnknownError
from bot.ideogram.wire import (
    REMIX_PATH,
    FormField,
    RemixResponse,
    SourcePicture,
    form_fields,
    option_texts,
    read_entries,
    read_error,
    read_fields,
    read_response,
    sendable,
    with_picture,
)
from bot.rules.failures import FailureKind
from bot.rules.generations import Generation, IdeogramApi
from bot.rules.remix_request import RemixRequest

SUBMIT_PATHS: Final = {
    IdeogramApi.V1: REMIX_PATH,
    IdeogramApi.V1_ASYNC: "/v1/ideogram-v4/async/remix",
    IdeogramApi.V2: "/v2/image/remix/ideogram-4",
}
QUOTE_PATH: Final = SUBMIT_PATHS[IdeogramApi.V2] + "?dry_run=true"
"""Only v2 has dry runs. They check the key and the request, but not the balance, and are free:
https://developer.ideogram.ai/ideogram-api/price-quotes"""
_POLL_PATHS = {
    IdeogramApi.V1_ASYNC: "/v1/generations/",
    IdeogramApi.V2: "/v2/generations/",
}
_ID = re.compile(r"[A-Za-z0-9_-]{1,200}={0,2}")
"""URL-safe base64. Without dots, slashes and percent signs an id cannot leave its place in the path."""
_POLICY = re.compile(r"policy|safety|moderat|copyright")
_MOST_MICROS = 1_000_000_000
"""$1,000. A higher reported cost must be a mistake, and would use up every budget."""


@dataclass(frozen=True, slots=True)
class Pending:
    """The generation is still running."""


@dataclass(frozen=True, slots=True)
class GenerationFailed:
    """It ended without an image. `cost_micros` is what Ideogram charged anyway; `explained`: it gave a reason."""

    kind: FailureKind
    cost_micros: int = 0
    explained: bool = True


Submitted = RemixResponse | Generation
PollResult = RemixResponse | Pending | GenerationFailed


def submit_fields(api: IdeogramApi, request: RemixRequest, source: SourcePicture) -> tuple[FormField, ...]:
    """The form of a submit. v2 has other names and lower-case speeds, and is synchronous unless `async` is true."""
    if api is not IdeogramApi.V2:
        return form_fields(request, source)
    own = {"rendering_speed": request.speed.value.lower(), "async": "true"}
    if request.images > 1:
        own["num_images"] = str(request.images)
    return with_picture({"prompt": sendable(request.sent_prompt), **option_texts(request), **own}, source)


def read_submitted(api: IdeogramApi, status: int, headers: Mapping[str, str], body: bytes) -> Submitted:
    """The images (v1) or the id to poll. Raises the IdeogramError that the response stands for.

    A 2xx without a readable id may have been executed, so its outcome is unknown.
    """
    if api is IdeogramApi.V1:
        return read_response(status, headers, body)
    if not _is_success(status):
        raise read_error(status, headers, body)
    generation_id = read_fields(body).get("generation_id")
    if not isinstance(generation_id, str) or not _ID.fullmatch(generation_id):
        raise OutcomeUnknownError(f"status {status} without a readable generation id")
    return Generation(api, generation_id)


def poll_path(generation: Generation) -> str:
    """Raises ValueError for an id that is not safe in a path. `read_submitted` never returns one."""
    if not _ID.fullmatch(generation.id):
        raise ValueError("not a generation id")
    return _POLL_PATHS[generation.api] + generation.id


def read_poll(generation: Generation, status: int, headers: Mapping[str, str], body: bytes) -> PollResult:
    """The status of the generation. Raises an IdeogramError for every unclear response, because polling again is free.

    A response with another generation's id is an error too: its images belong to another member.
    """
    if not _is_success(status):
        raise read_error(status, headers, body)
    fields = read_fields(body)
    if fields.get("generation_id", generation.id) != generation.id:
        raise OutcomeUnknownError(f"status {status} about another generation")
    state = fields.get("status")
    images = read_entries(fields.get("data"))
    match state.lower() if isinstance(state, str) else state:
        case "pending":
            return Pending()
        case "failed":
            return _read_failed(fields)
        # The response of the asynchronous v1 API is not documented, so images count even without a status.
        case "completed" | None if images:
            return RemixResponse(images, _read_cost(fields))
    raise OutcomeUnknownError(f"status {status} without a readable status of the generation")


def read_quote(status: int, headers: Mapping[str, str], body: bytes) -> int:
    """Micro-dollars that the request of a dry run would cost. Raises the IdeogramError that the response stands for.

    A 2xx that is no quote may be a paid generation, so its outcome is unknown.
    """
    if not _is_success(status):
        raise read_error(status, headers, body)
    fields = read_fields(body)
    micros = fields.get("usd_micros")
    if fields.get("object") != "price_quote" or type(micros) is not int or not 0 <= micros <= _MOST_MICROS:
        raise OutcomeUnknownError(f"status {status} without a readable price")
    return micros


def _read_failed(fields: Mapping[str, object]) -> GenerationFailed:
    """The reference names one reason, `content_policy_violation`, and says that it is not billed.

    If the response reports a cost anyway, we believe the cost.
    """
    reason, cost = fields.get("failure_reason"), _read_cost(fields) or 0
    if not isinstance(reason, str) or not reason.strip():
        return GenerationFailed(FailureKind.GENERATION_FAILED, cost, explained=False)
    if not _POLICY.search(reason.lower()):
        return GenerationFailed(FailureKind.GENERATION_FAILED, cost)
    return GenerationFailed(FailureKind.ALL_WITHHELD if cost else FailureKind.SAFETY_REFUSED, cost)


def _read_cost(fields: Mapping[str, object]) -> int | None:
    cost = fields.get("usage_cost_usd_micros")
    return cost if type(cost) is int and 0 <= cost <= _MOST_MICROS else None


def _is_success(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
