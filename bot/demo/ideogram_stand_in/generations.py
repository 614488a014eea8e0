"""Runs submitted generations in the background and answers polls."""

import asyncio
import re
import secrets
import time
from collections.abc import Coroutine, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from bot.demo.ideogram_stand_in.answers import RETRY_AFTER_S, with_images
from bot.demo.ideogram_stand_in.connections import break_off, reset
from bot.demo.ideogram_stand_in.dials import Dials, Fault, GenerationFault, PollFault
from bot.demo.ideogram_stand_in.successors import notice
from bot.rules.generations import IdeogramApi

POLL_PATHS: Final = {
    "/v1/generations/": IdeogramApi.V1_ASYNC,
    "/v2/generations/": IdeogramApi.V2,
}
_ID = re.compile(r"[A-Za-z0-9_-]+={0,2}")
_REASONS = {
    GenerationFault.FAILED_BY_POLICY: "content_policy_violation",
    GenerationFault.FAILED: "internal_error",
}
_STATUSES = {
    PollFault.KEY_REJECTED: 401,
    PollFault.NO_FUNDS: 402,
    PollFault.FORBIDDEN: 403,
    PollFault.NOT_FOUND: 404,
    PollFault.INTERNAL: 500,
    PollFault.UNAVAILABLE: 503,
}


@dataclass(frozen=True, slots=True)
class Made:
    """Finished images and their cost in micro-dollars. `fault` changes the response that has them."""

    images: Sequence[dict[str, object]]
    cost_micros: int
    fault: Fault


@dataclass(slots=True)
class RecordedPoll:
    """One poll. `outcome` is the name of a PollFault, or `unknown` if the id does not exist."""

    at: float
    generation_id: str
    outcome: str

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(slots=True)
class _Generation:
    api: IdeogramApi
    created: str
    making: "asyncio.Task[Made | GenerationFault]"


class Generations:
    """All generations since the start. An id is only valid for the API that returned it."""

    def __init__(self, dials: Dials) -> None:
        self._dials = dials
        self._begun: dict[str, _Generation] = {}
        self.polls: list[RecordedPoll] = []

    def begin(self, api: IdeogramApi, making: Coroutine[None, None, Made | GenerationFault]) -> str:
        """Starts a generation and returns its id."""
        name = secrets.token_urlsafe(16)
        created = datetime.now(UTC).isoformat(timespec="seconds")
        self._begun[name] = _Generation(api, created, asyncio.create_task(making))
        return name

    async def close(self) -> None:
        tasks = [generation.making for generation in self._begun.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def poll(self, request: web.Request, api: IdeogramApi) -> web.StreamResponse:
        """Answers a poll. The caller has checked the API key."""
        name = request.match_info["id"]
        generation = self._begun.get(name)
        fault = self._dials.next_poll_fault()
        is_known = generation is not None and generation.api is api
        self.polls.append(RecordedPoll(time.monotonic(), name, fault if is_known else "unknown"))
        if request.query_string or not _ID.fullmatch(name):
            return web.Response(status=400)
        if generation is None or not is_known:
            return web.Response(status=404)
        if fault in _STATUSES:
            return web.Response(status=_STATUSES[fault])
        return await _answer(request, fault, self._body(request.path, name, generation))

    def _body(self, path: str, name: str, generation: _Generation) -> dict[str, object]:
        dials = self._dials
        body: dict[str, object] = {"created": generation.created, "generation_id": name, "status": "pending"}
        if not dials.lean:
            body |= notice(path, deprecated=dials.deprecated)
        made = generation.making.result() if generation.making.done() else None
        match made:
            case Made():
                cost = {"usage_cost_usd_micros": made.cost_micros} if dials.reports_cost else {}
                cost = cost if generation.api is IdeogramApi.V2 else {}
                return with_images(made.fault, made.images, lean=dials.lean) | body | {"status": "completed"} | cost
            case GenerationFault():
                return body | {"status": "failed"} | _reason(generation.api, made)
        return body


async def _answer(request: web.Request, fault: PollFault, body: dict[str, object]) -> web.StreamResponse:
    match fault:
        case PollFault.TOO_MANY_RETRY_AFTER:
            return web.Response(status=429, headers={"Retry-After": str(RETRY_AFTER_S)})
        case PollFault.RESET:
            return reset(request)
        case PollFault.HTML:
            return web.Response(text="<html><body>Just a moment...</body></html>", content_type="text/html")
        case PollFault.TRUNCATED:
            return await break_off(request, web.json_response(body))
        case PollFault.OTHER_ID:
            body["generation_id"] = secrets.token_urlsafe(16)
        case PollFault.NO_STATUS:
            body = {"created": body["created"]}
        case PollFault.UNKNOWN_STATUS:
            body["status"] = "resting"
    return web.json_response(body)


def _reason(api: IdeogramApi, outcome: GenerationFault) -> dict[str, object]:
    """v1's reference describes a failed generation with nothing but its id, its status and its time."""
    is_named = api is IdeogramApi.V2 and outcome in _REASONS
    return {"failure_reason": _REASONS[outcome]} if is_named else {}
