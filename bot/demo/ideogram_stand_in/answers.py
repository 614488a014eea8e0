"""The responses that the API documents, and the broken ones that its users report."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from bot.demo.ideogram_stand_in.dials import Fault

RETRY_AFTER_S: Final = 2
_PAGE = "<html><body>Just a moment...</body></html>"
_OPTIONAL = {"object_type", "asset_id"}
_UNSAFE = "{} provided failed safety check due to the inclusion of prohibited content."
_REFUSALS: Mapping[Fault, tuple[int, dict[str, str] | None]] = {
    Fault.TOO_MANY_BARE: (429, None),
    Fault.KEY_REJECTED: (401, None),
    Fault.NO_FUNDS: (402, {"error": "Insufficient funds.", "reject_reason": "insufficient_funds"}),
    Fault.REJECTED: (400, {"error": "Invalid input provided."}),
    Fault.FORBIDDEN: (403, None),
    Fault.NOT_FOUND: (404, None),
    Fault.TOO_LARGE: (413, None),
    Fault.PROMPT_UNSAFE: (422, {"error": _UNSAFE.format("Prompt")}),
    Fault.PICTURE_UNSAFE: (422, {"error": _UNSAFE.format("Image")}),
}


def refusal(fault: Fault, max_in_flight: int) -> web.Response | None:
    """The response to a request that is not executed; None for a fault that lets it run."""
    match fault:
        case Fault.TOO_MANY:
            return too_many(429, max_in_flight)
        case Fault.TOO_MANY_RETRY_AFTER:
            # A plain rate limit: nothing about images in progress, only when to come back.
            return web.Response(status=429, headers={"Retry-After": str(RETRY_AFTER_S)})
        case Fault.IN_FLIGHT:
            return too_many(402, max_in_flight)
        case Fault.FORBIDDEN_PAGE:
            return web.Response(status=403, text=_PAGE, content_type="text/html")
    if fault not in _REFUSALS:
        return None
    status, body = _REFUSALS[fault]
    return web.Response(status=status) if body is None else web.json_response(body, status=status)


def too_many(status: int, max_in_flight: int) -> web.Response:
    body = {
        "error": "Too many requests in flight.",
        "reject_reason": "inflight_limit",
        "max_inflight_requests": max_in_flight,
        "task_completion_speed": "fast",
    }
    return web.json_response(body, status=status)


def broken(fault: Fault) -> web.Response | None:
    """The response to a request that was executed and has no images; None for a fault that has images."""
    match fault:
        case Fault.INTERNAL | Fault.BAD_GATEWAY | Fault.UNAVAILABLE:
            return web.Response(status=int(fault))
        case Fault.HTML:
            return web.Response(text=_PAGE, content_type="text/html")
        case Fault.NO_DATA:
            return web.json_response({"created": _now(), "error": "Internal error", "status_code": 500})
        case Fault.EMPTY_DATA:
            return web.json_response({"created": _now(), "data": [], "response_type": "url"})
    return None


def with_images(fault: Fault, images: Sequence[dict[str, object]], *, lean: bool = False) -> dict[str, object]:
    """The body of a result. `images` are the correct entries of `data`, which the fault then changes.

    `lean` leaves optional fields out, and links that are null: v2's own specification calls that x-drop-nulls.
    """
    entries = [_spoil(fault, index, dict(image)) for index, image in enumerate(images)]
    body: dict[str, object] = {"created": _now(), "data": entries, "response_type": "url"}
    if fault is Fault.EXTRA_FIELDS:
        body |= {"created": _now().replace(" ", "T"), "request_id": "0", "usage": {"credits": [1, 2]}}
    if lean:
        del body["response_type"]
        body["data"] = [
            {name: value for name, value in entry.items() if value is not None and name not in _OPTIONAL}
            for entry in entries
        ]
    return body


def price_quote(usd_micros: int, quantity: int) -> dict[str, object]:
    """https://developer.ideogram.ai/ideogram-api/price-quotes"""
    return {
        "object": "price_quote",
        "billing_identifier": "ideogram-4-remix",
        "quantity": quantity,
        "usd_micros": usd_micros,
        "qualifier": "exact",
    }


def _spoil(fault: Fault, index: int, image: dict[str, object]) -> dict[str, object]:
    if fault is Fault.UNSAFE or (fault is Fault.SOME_UNSAFE and index % 2):
        image |= {"is_image_safe": False, "url": None}
    elif fault is Fault.NULL_LINK:
        image["url"] = None
    elif fault is Fault.EMPTY_LINK:
        image["url"] = ""
    elif fault is Fault.MISSING_LINK:
        del image["url"]
    elif fault is Fault.EXTRA_FIELDS:
        image |= {"style_type": "GENERAL", "layers": [{"url": "https://example.invalid/layer.png"}]}
    return image


def _now() -> str:
    return datetime.now(UTC).isoformat(sep=" ", timespec="seconds")
