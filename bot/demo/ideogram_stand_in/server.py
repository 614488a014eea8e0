"""The stand-in's HTTP server: remix calls, polls, result links, and endpoints to control it from another process."""

import asyncio
import hmac
import secrets
import time
from collections.abc import Sequence
from functools import partial
from typing import Final, Self

from aiohttp import web

from bot.demo.ideogram_stand_in.answers import broken, price_quote, refusal, too_many, with_images
from bot.demo.ideogram_stand_in.connections import break_off, reset
from bot.demo.ideogram_stand_in.dials import Dials, Fault, GenerationFault
from bot.demo.ideogram_stand_in.form import FormRefusedError, RemixCall, RemixForm, check_form, read_form
from bot.demo.ideogram_stand_in.generations import POLL_PATHS, Generations, Made, RecordedPoll
from bot.demo.ideogram_stand_in.pictures import MAX_SEED, answered_size, draw, shrink
from bot.demo.ideogram_stand_in.record import RecordedCall
from bot.demo.ideogram_stand_in.results import PATH, Results
from bot.demo.ideogram_stand_in.successors import notice, successor_headers
from bot.rules.generations import IdeogramApi
from bot.rules.prices import Speed

HOST: Final = "127.0.0.1"
REFUSED: Final = "refused"
DRY_RUN: Final = "dry-run"
SUBMIT_PATHS: Final = {
    "/v1/ideogram-v4/remix": IdeogramApi.V1,
    "/v1/ideogram-v4/async/remix": IdeogramApi.V1_ASYNC,
    "/v2/image/remix/ideogram-4": IdeogramApi.V2,
}
COST_MICROS: Final = {Speed.TURBO: 30_000, Speed.DEFAULT: 60_000, Speed.QUALITY: 100_000}


class IdeogramStandIn:
    """`dials` can change at any time. `calls` has every POST since the start, in the order of arrival."""

    def __init__(
        self,
        *,
        api_key: str = "stand-in-key",
        latency_s: float = 0.0,
        images: int = 1,
        max_in_flight: int = 10,
        full_size: bool = False,
        fail: Sequence[str] = (),
        always: str | None = None,
    ) -> None:
        self.api_key = api_key
        self.dials = Dials(latency_s, images, max_in_flight, full_size, always=always, fail=list(fail))
        self.calls: list[RecordedCall] = []
        self.in_flight = 0
        self.peak_in_flight = 0
        self._results = Results()
        self._generations = Generations(self.dials)
        self._released = asyncio.Event()
        self._news = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def image_host(self) -> str:
        return f"{HOST}:{self._port}"

    @property
    def url(self) -> str:
        return f"http://{self.image_host}"

    async def start(self, port: int = 0) -> None:
        """Listens on loopback. Port 0 takes a free port."""
        # No access log: it would contain the signatures of links.
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, port).start()
        self._port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Stops the server. It ends hung and waiting calls first, so that it does not wait for them."""
        self._released.set()
        self._results.release()
        await self._generations.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def release(self) -> None:
        """Ends what hangs or waits now: hung calls are reset; waiting calls and hung links are answered."""
        self._released.set()
        self._released = asyncio.Event()
        self._results.release()

    async def until_link_hangs(self) -> None:
        """Returns when a client is waiting for a link that hangs."""
        await self._results.hanging.wait()

    @property
    def polls(self) -> list[RecordedPoll]:
        """Every poll, in the order of arrival."""
        return self._generations.polls

    async def until_called(self, count: int) -> None:
        """Returns when `count` calls have been accepted since the start, before they are answered."""
        async with self._news:
            await self._news.wait_for(lambda: sum(call.executed for call in self.calls) >= count)

    async def until_polled(self, count: int) -> None:
        """Returns when `count` polls have arrived since the start."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.polls) >= count)

    async def until_running(self, count: int) -> None:
        """Returns when `count` calls are being executed at once."""
        async with self._news:
            await self._news.wait_for(lambda: self.in_flight >= count)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    def _application(self) -> web.Application:
        application = web.Application()
        application.add_routes(
            [
                *(web.post(path, partial(self._remix, api=api)) for path, api in SUBMIT_PATHS.items()),
                *(web.get(path + "{id}", partial(self._poll, api=api)) for path, api in POLL_PATHS.items()),
                web.get(PATH + "{name}", self._results.serve),
                web.get("/_stand_in/calls", self._show_calls),
                web.post("/_stand_in/dials", self._turn_dials),
                web.post("/_stand_in/release", self._release),
            ]
        )
        application.on_response_prepare.append(self._name_successor)
        return application

    async def _name_successor(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(successor_headers(request.path, deprecated=self.dials.deprecated))

    def _notice(self, request: web.Request) -> dict[str, object]:
        return {} if self.dials.lean else notice(request.path, deprecated=self.dials.deprecated)

    async def _poll(self, request: web.Request, api: IdeogramApi) -> web.StreamResponse:
        if not self._is_authorized(request):
            return web.Response(status=401)
        answer = await self._generations.poll(request, api)
        async with self._news:
            self._news.notify_all()
        return answer

    async def _remix(self, request: web.Request, api: IdeogramApi) -> web.StreamResponse:
        call = RecordedCall(time.monotonic(), api)
        self.calls.append(call)
        is_dry = api is IdeogramApi.V2 and dict(request.query) == {"dry_run": "true"}
        fault = Fault.OK if is_dry else self.dials.next_fault()
        if fault is Fault.RESET_BEFORE_READING:
            call.outcome = fault
            return reset(request)
        try:
            checked = await self._read(request, call)
        except FormRefusedError as error:
            call.outcome = REFUSED
            return web.Response(status=error.status, text="" if error.status == 401 else str(error))  # noqa: PLR2004 - unauthorized
        if is_dry:
            call.outcome, quantity = DRY_RUN, checked.images or self.dials.images
            return web.json_response(price_quote(COST_MICROS[checked.speed] * quantity, quantity))
        if fault is Fault.OK and self.dials.unsafe_word and self.dials.unsafe_word in checked.prompt.lower():
            fault = Fault.PROMPT_UNSAFE
        call.outcome = fault
        refused = refusal(fault, self.dials.max_in_flight) or self._full()
        if refused is not None:
            return refused
        run = self._submit if checked.is_async else self._run
        return await run(request, call, checked, fault)

    async def _read(self, request: web.Request, call: RecordedCall) -> RemixCall:
        # Reads the form even if the key is wrong: tests want to see every call, and the client can finish sending.
        form: RemixForm | FormRefusedError
        try:
            form = await read_form(request, call.api)
            call.fields, call.source_sha256 = dict(form.texts), form.source_sha256
        except FormRefusedError as error:
            form = error
        if not self._is_authorized(request):
            raise FormRefusedError(401, "")
        if isinstance(form, FormRefusedError):
            raise form
        known = {"dry_run": "true"}, {"dry_run": "false"}
        if request.query and (call.api is not IdeogramApi.V2 or dict(request.query) not in known):
            raise FormRefusedError(400, "a query string that is not documented, or a webhook")
        return await check_form(form, call.api, exact_ratio=self.dials.exact_ratio)

    def _is_authorized(self, request: web.Request) -> bool:
        return hmac.compare_digest(request.headers.get("Api-Key", "").encode(), self.api_key.encode())

    def _full(self) -> web.Response | None:
        return too_many(429, self.dials.max_in_flight) if self.in_flight >= self.dials.max_in_flight else None

    async def _run(
        self, request: web.Request, call: RecordedCall, checked: RemixCall, fault: Fault
    ) -> web.StreamResponse:
        await self._begin(call)
        try:
            return await self._generate(request, call, checked, fault)
        finally:
            self.in_flight -= 1

    async def _begin(self, call: RecordedCall) -> None:
        call.billed = True
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
        async with self._news:
            self._news.notify_all()

    async def _submit(
        self, request: web.Request, call: RecordedCall, checked: RemixCall, fault: Fault
    ) -> web.StreamResponse:
        """Answers with an id at once. The generation goes on even if the response is lost."""
        await self._begin(call)
        call.generation_id = self._generations.begin(call.api, self._make(call, checked, fault))
        if fault is Fault.HANG:
            await self._released.wait()
        if fault in {Fault.HANG, Fault.RESET}:
            return reset(request)
        body: dict[str, object] = {"generation_id": "" if fault is Fault.EMPTY_DATA else call.generation_id}
        body |= self._notice(request)
        if call.api is IdeogramApi.V2:
            body["seed"] = secrets.randbelow(MAX_SEED)
        without_id = None if fault is Fault.EMPTY_DATA else broken(fault)
        answer = without_id or web.json_response(body)
        return await break_off(request, answer) if fault is Fault.TRUNCATED else answer

    async def _make(self, call: RecordedCall, checked: RemixCall, fault: Fault) -> Made | GenerationFault:
        outcome = self.dials.next_generation_fault()
        try:
            if outcome is GenerationFault.PENDING:
                await asyncio.Event().wait()
            _, images = await asyncio.gather(self._wait_for_latency(), self._draw_all(checked, fault))
        finally:
            self.in_flight -= 1
        if outcome is not GenerationFault.OK:
            call.billed = False  # Ideogram does not bill failed generations
            return outcome
        call.images = len(images)
        if call.api is IdeogramApi.V2:
            asset = {"object_type": "image.generation"}
            images = [image | asset | {"asset_id": secrets.token_urlsafe(16)} for image in images]
        return Made(images, COST_MICROS[checked.speed] * len(images), fault)

    async def _generate(
        self, request: web.Request, call: RecordedCall, checked: RemixCall, fault: Fault
    ) -> web.StreamResponse:
        if fault is Fault.HANG:
            await self._released.wait()
            return reset(request)
        _, images = await asyncio.gather(self._wait_for_latency(), self._draw_all(checked, fault))
        call.images = len(images)
        if fault is Fault.RESET:
            return reset(request)
        body = with_images(fault, images, lean=self.dials.lean) | self._notice(request)
        if call.api is IdeogramApi.V2:
            body = {"data": body["data"], "generation_id": secrets.token_urlsafe(16), "seed": images[0]["seed"]}
        answer = broken(fault) or web.json_response(body)
        return await break_off(request, answer) if fault is Fault.TRUNCATED else answer

    async def _wait_for_latency(self) -> None:
        try:
            async with asyncio.timeout(self.dials.latency_s):
                await self._released.wait()
        except TimeoutError:
            return

    async def _draw_all(self, call: RemixCall, fault: Fault) -> list[dict[str, object]]:
        count = call.images or self.dials.images
        count = max(2, count) if fault is Fault.SOME_UNSAFE else count
        return list(await asyncio.gather(*(self._draw(call, fault) for _ in range(count))))

    async def _draw(self, call: RemixCall, fault: Fault) -> dict[str, object]:
        width, height = answered_size(call.source, call.resolution)
        size = (width, height) if self.dials.full_size else shrink((width, height), self.dials.long_side)
        drawing = call.drawing(size)
        data = await asyncio.to_thread(draw, drawing)
        return {
            "prompt": drawing.prompt,
            "resolution": f"{width}x{height}",
            "is_image_safe": True,
            "seed": drawing.seed,
            "url": self.url + self._results.add(data, fault, plain=self.dials.plain_links),
        }

    async def _show_calls(self, _request: web.Request) -> web.Response:
        calls = [call.as_json() for call in self.calls]
        counts = {"in_flight": self.in_flight, "peak_in_flight": self.peak_in_flight}
        return web.json_response({"calls": calls, "polls": [poll.as_json() for poll in self.polls], **counts})

    async def _turn_dials(self, request: web.Request) -> web.Response:
        try:
            self.dials.turn(await request.json())
        except (TypeError, ValueError) as error:
            return web.Response(status=400, text=str(error))
        return web.Response(status=204)

    async def _release(self, _request: web.Request) -> web.Response:
        self.release()
        return web.Response(status=204)
