"""The remix calls whose answer is collected later, as messages, pure: submitting one, and what a poll of it tells.

Source: https://developer.ideogram.ai/api-reference (v2); the v1 twin is in the published specification alone.
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
_POLL_PATHS = {
    IdeogramApi.V1_ASYNC: "/v1/generations/",
    IdeogramApi.V2: "/v2/generations/",
}
_ID = re.compile(r"[A-Za-z0-9_-]{1,200}={0,2}")
"""URL-safe base64, as it stands in a path and nowhere leaves it. No dot, no slash, no percent."""
_POLICY = re.compile(r"policy|safety|moderat|copyright")
_MOST_MICROS = 1_000_000_000
"""No remix costs a thousand dollars: a number beyond is a mistake, and would close every budget."""


@dataclass(frozen=True, slots=True)
class Pending:
    """It is still being made."""


@dataclass(frozen=True, slots=True)
class GenerationFailed:
    """It ended without an image. `cost_micros` is what it cost all the same."""

    kind: FailureKind
    cost_micros: int = 0


Submitted = RemixResponse | Generation
PollResult = RemixResponse | Pending | GenerationFailed


def submit_fields(api: IdeogramApi, request: RemixRequest, source: SourcePicture) -> tuple[FormField, ...]:
    """The form of that call. v2 spells names and speeds in its own way, and waits unless it is told not to."""
    if api is not IdeogramApi.V2:
        return form_fields(request, source)
    own = {"rendering_speed": request.speed.value.lower(), "async": "true"}
    return with_picture({"prompt": sendable(request.prompt), **option_texts(request), **own}, source)


def read_submitted(api: IdeogramApi, status: int, headers: Mapping[str, str], body: bytes) -> Submitted:
    """The images (v1), or the id under which they are collected. Raises the IdeogramError that the answer tells.

    A 2xx without a readable id was run all the same, perhaps: its outcome is unknown.
    """
    if api is IdeogramApi.V1:
        return read_response(status, headers, body)
    if not _is_success(status):
        raise read_error(status, headers, body)
    name = read_fields(body).get("generation_id")
    if not isinstance(name, str) or not _ID.fullmatch(name):
        raise OutcomeUnknownError(f"status {status} without a readable generation id")
    return Generation(api, name)


def poll_path(generation: Generation) -> str:
    """Raises ValueError for an id that cannot stand in a path; `read_submitted` lets none through."""
    if not _ID.fullmatch(generation.id):
        raise ValueError("no generation id")
    return _POLL_PATHS[generation.api] + generation.id


def read_poll(generation: Generation, status: int, headers: Mapping[str, str], body: bytes) -> PollResult:
    """How it stands. Raises an IdeogramError for everything that is no clear word: asking again costs nothing.

    An answer that names another generation is none: its images would be somebody else's.
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
        # The v1 twin's answer is on no page: there images without a status are taken for what they are.
        case "completed" | None if images:
            return RemixResponse(images, _read_cost(fields))
    raise OutcomeUnknownError(f"status {status} without a readable state of the generation")


def _read_failed(fields: Mapping[str, object]) -> GenerationFailed:
    """The reference gives one reason by name, and says that what the policy stops is not billed: a cost told wins."""
    reason, cost = fields.get("failure_reason"), _read_cost(fields) or 0
    if not isinstance(reason, str) or not _POLICY.search(reason.lower()):
        return GenerationFailed(FailureKind.GENERATION_FAILED, cost)
    return GenerationFailed(FailureKind.ALL_WITHHELD if cost else FailureKind.SAFETY_REFUSED, cost)


def _read_cost(fields: Mapping[str, object]) -> int | None:
    cost = fields.get("usage_cost_usd_micros")
    return cost if type(cost) is int and 0 <= cost <= _MOST_MICROS else None


def _is_success(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
