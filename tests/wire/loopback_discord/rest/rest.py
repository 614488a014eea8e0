"""Every request passes here: it is recorded, meets its fault, shows its token, and fails as Discord fails."""

import re

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.wire.loopback_discord.faults import Faults
from tests.wire.loopback_discord.gateway import Gateway
from tests.wire.loopback_discord.world import RecordedRequest, World

from . import errors
from .account_routes import AccountRoutes
from .answers import answer
from .cdn import Cdn
from .channel_routes import ChannelRoutes
from .interaction_routes import InteractionRoutes

API = "/api/v10"
ANY_SIZE = 1 << 30
"""Bytes that aiohttp takes: far above Discord's limits, which the handlers hold."""
TOKEN_IN_PATH = re.compile(r"/(interactions|webhooks)/(\d+)/[^/]+")
WITHOUT_BOT_TOKEN = re.compile(rf"^(?!{API}/)|^{API}/(interactions|webhooks)/\d+/")


def masked(path: str) -> str:
    return TOKEN_IN_PATH.sub(r"/\1/\2/<token>", path)


class Rest:
    """The aiohttp application. `unknown_requests` has what nothing here answers: a test asserts that it is empty."""

    def __init__(self, world: World, gateway: Gateway, faults: Faults) -> None:
        self._world = world
        self._gateway = gateway
        self._faults = faults
        self.unknown_requests: list[RecordedRequest] = []

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._record, self._meet_fault, self._refuse], client_max_size=ANY_SIZE)
        app.router.add_get("/gateway", self._gateway.handle)
        app.add_routes(AccountRoutes(self._world).routes(API))
        app.add_routes(ChannelRoutes(self._world).routes(API))
        app.add_routes(InteractionRoutes(self._world).routes(API))
        app.add_routes(Cdn(self._world).routes())
        return app

    @web.middleware
    async def _record(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        status: int | None = 500  # what aiohttp answers where this server itself has a bug
        try:
            response = await handler(request)
            gone = request.transport is None or request.transport.is_closing()
            status = None if gone else response.status
        finally:
            self._world.record(RecordedRequest(request.method, masked(request.path), status))
        return response

    @web.middleware
    async def _meet_fault(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        outcome = self._faults.take(request.method, masked(request.path))
        if outcome is None:
            return await handler(request)
        return await outcome.apply(request, lambda: handler(request))

    @web.middleware
    async def _refuse(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            self._check_token(request)
            return await handler(request)
        except errors.ApiError as error:
            return answer({"message": error.message, "code": error.code}, error.status)
        except web.HTTPException as error:
            unknown = RecordedRequest(request.method, masked(request.path), error.status)
            self.unknown_requests.append(unknown)
            return answer({"message": f"{error.status}: {error.reason}", "code": 0}, error.status)

    def _check_token(self, request: web.Request) -> None:
        if WITHOUT_BOT_TOKEN.search(request.path):
            return
        if request.headers.get("Authorization") != f"Bot {self._world.token}":
            raise errors.unauthorized()
