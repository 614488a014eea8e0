"""Discord, played by simcord in this process, with a clock that runs, and its page in the browser.

Only here are simcord's private names used; simcord_version.py checks that it is the version which has them.
"""
# ruff: noqa: SLF001 - private names are what this file is for

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import discord
import structlog
from aiohttp import web
from simcord import _dpy_internals
from simcord._clock import Clock
from simcord.actors import MemberActor
from simcord.backend.errors import SetupError
from simcord.backend.models import Interaction
from simcord.builders import ChannelHandle
from simcord.env import Env
from simcord.preview import Preview, _require_preview_runtime
from simcord.preview._pages import _Page
from simcord.preview._server import PreviewServer
from simcord.results import ResponseMessage

from bot.demo.simcord_version import require_simcord

_ANSWERED_WITHIN_S = 3.0
_LOOK_AGAIN_S = 0.01
_KEPT_CROSSINGS = 200
_MESSAGE_COMMAND = 3

log = structlog.get_logger(__name__)


class PageUnavailableError(Exception):
    """The page cannot be shown; says why."""


class _WallClock(Clock):
    """simcord's own stands still until a test moves it."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class _Crossings(deque[Any]):
    """simcord appends everything that crosses its Discord: the last of it is kept, and whoever listens is told."""

    def __init__(self, crossed: Callable[[], None]) -> None:
        super().__init__(maxlen=_KEPT_CROSSINGS)
        self._crossed = crossed

    def append(self, entry: object) -> None:
        super().append(entry)
        self._crossed()


class LiveDiscord(Env):
    """Does not wait for the bot's tasks, as simcord does: a bot with a worker is never idle."""

    answered_within_s = 0.0
    """Seconds an action waits for the bot's answer; 0: it returns at once, and who waits waits for something else."""

    def __init__(self, bot: discord.Client) -> None:
        super().__init__(bot, check_errors=False)
        self.backend.clock = _WallClock()
        self._asked: Interaction | None = None

    @contextmanager
    def _bot_scope(self) -> Iterator[None]:
        """Lets the bot's webhooks end here; tracks nothing."""
        with self.reachable():
            yield

    @contextmanager
    def reachable(self) -> Iterator[None]:
        """Tasks that begin in here find this Discord when they edit a reply."""
        adapter = self._webhook_adapter
        previous = _dpy_internals.set_webhook_adapter(adapter) if adapter is not None else None
        try:
            yield
        finally:
            if adapter is not None:
                _dpy_internals.reset_webhook_adapter(previous)

    @contextmanager
    def same_ids_each_time(self) -> Iterator[None]:
        """Who and what is created in here has the ids it had at the last start: a kept database knows them."""
        clock, self.backend.clock = self.backend.clock, Clock()
        try:
            yield
        finally:
            self.backend.clock = clock

    def listen(self, crossed: Callable[[], None]) -> None:
        """Call this whenever something crosses Discord, private replies included; it happens right after the call."""
        self.backend.transcript = _Crossings(crossed)  # type: ignore[assignment]  # only appended to and read
        self.backend.http_requests = deque(maxlen=_KEPT_CROSSINGS)  # type: ignore[assignment]  # as above

    def forget_old_messages(self, channel: ChannelHandle, keep: int) -> None:
        """All but the first and the last `keep` messages: each one on the page makes it slower."""
        stored = self.backend.messages.get(channel.id, {})
        for message_id in sorted(stored)[1:-keep]:
            for file in stored.pop(message_id).attachments:
                self.backend.cdn._blobs.pop(file["url"], None)

    def _notify_dispatch_observers(self, interaction: Interaction) -> None:
        self._asked = interaction
        super()._notify_dispatch_observers(interaction)

    async def _settle_internal(self, **_options: object) -> None:
        """After each action: one turn of the loop, and the answer if that is wanted."""
        asked, self._asked = self._asked, None
        await asyncio.sleep(0)
        looks = int(self.answered_within_s / _LOOK_AGAIN_S) if asked else 0
        for _ in range(looks):
            if asked is None or asked.responded:
                return
            await asyncio.sleep(_LOOK_AGAIN_S)

    def _begin_operation(self, label: str) -> None:
        """Actions may overlap, as people's do."""

    def _end_operation(self) -> None:
        """See `_begin_operation`."""

    def _record_error(self, error: BaseException) -> None:
        """The bot tells people and its log of an error by itself; simcord would fail whatever action is next."""
        log.debug("simcord saw an error of the bot", error=type(error).__name__)


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file of our own on the page."""

    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class PageLook:
    """The time zone of the times on the page, files by their path on it, and what is done to its HTML."""

    timezone: str
    files: Mapping[str, PageFile]
    change_index: Callable[[str], str]


class _PageServer(PreviewServer):
    """The page's server, with our files beside simcord's own."""

    def __init__(self, preview: Preview, port: int, look: PageLook) -> None:
        super().__init__(preview, port)
        self._look = look
        # simcord makes a route of each of its static files.
        routes = {**PreviewServer._STATIC_FILES, **dict.fromkeys(look.files, "")}
        self._STATIC_FILES = routes  # type: ignore[misc]  # this page's alone

    async def _static(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Host", "") not in self._allowed_hosts():
            raise web.HTTPForbidden
        if file := self._look.files.get(request.path):
            return web.Response(body=file.data, content_type=file.content_type, headers=self._SECURITY_HEADERS)
        response = await super()._static(request)
        if request.path == "/" and isinstance(response, web.Response):
            response.text = self._look.change_index(response.text or "")
        return response  # type: ignore[no-any-return]  # simcord's are not typed


class _LivePreview(Preview):
    """A page that is always up to date: it opens at the newest message, and a click in a busy channel counts."""

    def _initial_target(self, _viewer: object, _channel_id: int) -> None:
        """Without a message in focus the page stays at the bottom."""

    def _publish(self, page: _Page, *, reason: Any = "action") -> None:  # noqa: ANN401 - one of simcord's words
        self._advance_presentation_time()
        super()._publish(page, reason=reason)

    async def _action(self, context_id: str | None, body: object) -> dict[str, Any]:
        page = self._get_page(context_id)
        if isinstance(body, Mapping):
            if body.get("kind") == "message_commands":
                return {"names": self._message_commands(page)}
            if body.get("kind") == "message_command":
                return await self._run_message_command(page, str(body.get("name")), body.get("target_id"))
            if body.get("sequence") == page.last_sequence + 1:
                body = {**body, "published_revision": page.revision}
        return await super()._action(context_id, body)  # type: ignore[arg-type]  # it answers anything

    def _message_commands(self, page: _Page) -> list[str]:
        """What Discord shows under "Apps" on a message; the stock page lacks it."""
        commands = self.env.backend.visible_commands(
            user_id=page.viewer.id, channel_id=page.channel_id, type=_MESSAGE_COMMAND
        )
        return [command["name"] for command in commands]

    async def _run_message_command(self, page: _Page, name: str, target_id: object) -> dict[str, Any]:
        message = self._target_message(page, self._target_id(target_id, page.viewer))
        result = await page.viewer.context_menu(self.channel, name, ResponseMessage(self.env, message))
        if result.modal is not None:
            page.modal, page.modal_handle = result, "m_" + secrets.token_urlsafe(12)
        self._publish_message_pages()
        return {"answered": result.acknowledged}


@asynccontextmanager
async def live_discord(bot: discord.Client) -> AsyncIterator[LiveDiscord]:
    """Raises WrongSimcordError. The bot is logged in and ready inside the block."""
    require_simcord()
    env = LiveDiscord(bot)
    await env.start()
    try:
        with env.reachable():
            yield env
    finally:
        await env.shutdown()


@dataclass(frozen=True, slots=True)
class LivePage:
    """An open page. `url` opens it, and whoever has it can act as its people. `publish` brings every tab up to date."""

    url: str
    publish: Callable[[], Any]


@asynccontextmanager
async def live_page(
    env: LiveDiscord,
    channel: ChannelHandle,
    viewers: Sequence[MemberActor],
    *,
    port: int,
    look: PageLook,
) -> AsyncIterator[LivePage]:
    """The channel as these people see it, on loopback. Port 0 takes a free one. Raises PageUnavailableError."""
    try:
        _require_preview_runtime()
    except SetupError as error:
        needed = str(error).partition(";")[0].replace("Preview requires", "the page needs")
        raise PageUnavailableError(f"{needed}: install remix-bot[demo]") from None
    preview = _LivePreview(
        env,
        channel,
        tuple(viewers),
        layout="channel",
        display="responsive",
        width=1280,
        height=800,
        locale="en-US",
        timezone=look.timezone,
        presentation_time=None,
        assets=None,
        port=port,
    )
    preview._server = _PageServer(preview, port, look)
    env.answered_within_s = _ANSWERED_WITHIN_S
    try:
        await preview.__aenter__()
    except SetupError:
        raise PageUnavailableError(f"port {port} is taken: choose another with --port") from None
    try:
        yield LivePage(preview.url, preview.refresh)
    finally:
        await preview.close()
