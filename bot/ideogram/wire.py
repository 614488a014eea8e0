"""Turns remix requests into form fields, and responses into images or errors. Pure.

This file has what Ideogram's three remix APIs share, and the synchronous v1 API. wire_generations.py has the rest.

Source: https://developer.ideogram.ai/api-reference/api-reference/remix-v4
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final, NoReturn

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
    SafetyRefusedError,
    TurnedAwayError,
)
from bot.rules.remix_request import RemixRequest

REMIX_PATH: Final = "/v1/ideogram-v4/remix"
LONGEST_RETRY_AFTER_S: Final = 3600.0  # a mistaken Retry-After must not stop the queue for days
_MAX_RESOLUTION_CHARS = 32
_MAX_SEED = 2**63 - 1
_INFLIGHT_LIMIT = "inflight_limit"
_MAX_INFLIGHT = 10_000
# `reject_reason` goes into our log, so it must look like a code and not like text about a person.
_CODE = re.compile(r"[a-z]{1,16}(_[a-z]{1,16}){0,4}")
# 302 and 303 are missing on purpose: a server may send them after it has run a POST, so their outcome is unknown.
_NOT_FOLLOWED = {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT}


@dataclass(frozen=True, slots=True)
class SourcePicture:
    """The picture to remix: the bytes of a JPEG, PNG or WebP, its MIME type, and its file extension."""

    data: bytes = field(repr=False)
    mime: str
    extension: str


@dataclass(frozen=True, slots=True)
class FormField:
    """One part of the multipart body. A part with a filename is a file."""

    name: str
    value: str | bytes = field(repr=False)
    content_type: str | None = None
    filename: str | None = None


@dataclass(frozen=True, slots=True)
class ResponseImage:
    """One image of a response. Only a `safe` image has a link. Ideogram bills the others too."""

    safe: bool
    seed: int | None = None
    resolution: str | None = None
    url: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class RemixResponse:
    """One or more images in Ideogram's order, and their cost in micro-dollars if the response has it."""

    images: tuple[ResponseImage, ...]
    cost_micros: int | None = None


def form_fields(request: RemixRequest, source: SourcePicture) -> tuple[FormField, ...]:
    """The form of the v1 APIs: only documented fields, and only those that are set."""
    return with_picture({"text_prompt": sendable(request.sent_prompt), **option_texts(request)}, source)


def sendable(prompt: str) -> str:
    """The prompt with `?` for lone surrogates, which Discord's JSON can contain and UTF-8 cannot."""
    return prompt.encode("utf-8", "replace").decode("utf-8")


def option_texts(request: RemixRequest) -> dict[str, str | None]:
    """The options that all three APIs share, by field name. None means: do not send the field."""
    return {
        "image_weight": None if request.weight is None else str(request.weight),
        "resolution": None if request.resolution is None else str(request.resolution),
        "rendering_speed": request.speed.value,
        "enable_copyright_detection": "true" if request.copyright_check else None,
    }


def with_picture(texts: Mapping[str, str | None], source: SourcePicture) -> tuple[FormField, ...]:
    """The whole form. The picture comes last, so that a server can refuse the other fields before it reads the file."""
    fields = [FormField(name, text) for name, text in texts.items() if text is not None]
    filename = f"source.{source.extension.lstrip('.')}"
    return (*fields, FormField("image", source.data, source.mime, filename))


def read_response(status: int, headers: Mapping[str, str], body: bytes) -> RemixResponse:
    """The images of a response. Raises the IdeogramError that it stands for. Unknown fields are ignored.

    A 2xx was executed, so if its body is unclear the outcome is unknown.
    """
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        images = read_entries(read_fields(body).get("data"))
        if not images:
            raise OutcomeUnknownError(f"status {status} without readable images")
        return RemixResponse(images)
    raise read_error(status, headers, body)


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from Retry-After, at most an hour; None if absent or unreadable.

    A date is compared with the response's own Date header, because our clock may be wrong. Both forms are valid:
    https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
    """
    named = {name.lower(): value.strip() for name, value in headers.items()}
    text = named.get("retry-after", "")
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
        return min(float(text), LONGEST_RETRY_AFTER_S)
    try:
        seconds = (parsedate_to_datetime(text) - parsedate_to_datetime(named.get("date", ""))).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_S)


def read_entries(data: object) -> tuple[ResponseImage, ...]:
    """The images in a response's `data`; empty if it is not a list."""
    return tuple(_read_image(entry) for entry in data) if isinstance(data, list) else ()


def _read_image(entry: object) -> ResponseImage:
    """A malformed entry counts as withheld. Without `is_image_safe` the link decides: unsafe images have none."""
    if not isinstance(entry, dict):
        return ResponseImage(safe=False)
    url = entry.get("url")
    link = url.strip() if isinstance(url, str) and entry.get("is_image_safe", True) is True else ""
    seed, resolution = entry.get("seed"), entry.get("resolution")
    return ResponseImage(
        safe=bool(link),
        seed=seed if type(seed) is int and 0 <= seed <= _MAX_SEED else None,
        resolution=resolution if isinstance(resolution, str) and len(resolution) <= _MAX_RESOLUTION_CHARS else None,
        url=link or None,
    )


def read_error(status: int, headers: Mapping[str, str], body: bytes) -> IdeogramError:
    """The error for any status but a 2xx."""
    retry_after = read_retry_after(headers)
    read = _BY_STATUS.get(status)
    if read is not None:
        return read(status, body, retry_after)
    reason = f"status {status}"
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return RequestRejectedError(reason, retry_after=retry_after)
    if status in _NOT_FOLLOWED:
        return RequestRejectedError(f"{reason}, a redirect that is not followed")
    return OutcomeUnknownError(reason, retry_after=retry_after)


def _read_payment_required(status: int, body: bytes, retry_after: float | None) -> IdeogramError:
    fields = read_fields(body)
    code = fields.get("reject_reason")
    if code == _INFLIGHT_LIMIT:
        return _inflight_limit(status, fields, retry_after)
    reason = code if isinstance(code, str) and _CODE.fullmatch(code) else "no reason given"
    return OutOfCreditError(f"status {status} {reason}", retry_after=retry_after)


def _read_too_many(status: int, body: bytes, retry_after: float | None) -> IdeogramError:
    """v1 documents no body for its 429. The limit of images in progress is the only one known for these calls.

    So a 429 that says nothing, not even when to come back, is taken for that limit.
    """
    fields = read_fields(body)
    code = fields.get("reject_reason")
    if code == _INFLIGHT_LIMIT or (code is None and retry_after is None):
        return _inflight_limit(status, fields, retry_after)
    return RateLimitedError(f"status {status}", retry_after=retry_after)


def _inflight_limit(status: int, fields: Mapping[str, object], retry_after: float | None) -> InflightLimitError:
    most = fields.get("max_inflight_requests")
    max_inflight = most if type(most) is int and 1 <= most <= _MAX_INFLIGHT else None
    return InflightLimitError(f"status {status} {_INFLIGHT_LIMIT}", retry_after=retry_after, max_inflight=max_inflight)


def _read_forbidden(status: int, body: bytes, retry_after: float | None) -> IdeogramError:
    # The API's own 403 has no body or JSON. A firewall's page may be about one prompt, so it must not hold the queue.
    if body.lstrip()[:1] == b"<":
        return TurnedAwayError(f"status {status} with a web page", retry_after=retry_after)
    return NoAccessError(f"status {status}", retry_after=retry_after)


def _read_safety(status: int, body: bytes, _retry_after: float | None) -> IdeogramError:
    # Only the first word of Ideogram's text says which of the two was unsafe ("Prompt provided failed safety check").
    text = str(read_fields(body).get("error", "")).strip().lower()
    if text.startswith("prompt"):
        return PromptUnsafeError(f"status {status}, the prompt")
    if text.startswith("image"):
        return PictureUnsafeError(f"status {status}, the picture")
    return SafetyRefusedError(f"status {status}")


_BY_STATUS: Mapping[int, Callable[[int, bytes, float | None], IdeogramError]] = {
    400: lambda status, _body, after: InvalidInputError(f"status {status}", retry_after=after),
    401: lambda status, _body, _after: KeyRejectedError(f"status {status}"),
    402: _read_payment_required,
    403: _read_forbidden,
    413: lambda status, _body, _after: PictureTooLargeError(f"status {status}"),
    422: _read_safety,
    429: _read_too_many,
}


def read_fields(body: bytes) -> dict[str, object]:
    """The fields of a JSON object; empty if the body is anything else."""
    try:
        fields = _read_json(body)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _read_json(body: bytes) -> object:
    """Stricter than `json.loads`: a repeated key or NaN raises ValueError instead of a guess about paid work."""
    parsed: object = json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant)
    return parsed


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("the object has a key twice")
    return fields


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")
