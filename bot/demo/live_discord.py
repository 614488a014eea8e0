"""Runs simcord as a live Discord with a real clock, and shows its page in the browser.

This is the only file that uses simcord's private names. simcord_version.py pins the version that has them.
"""
# ruff: noqa: SLF001 - private names are what this file is for

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import discord
import structlog
from aiohttp import web
from simcord import _dpy_internals
from simcord._clock import Clock
from simcord.actors import MemberActor
from simcord.backend.access import can_access_channel
from simcord.backend.errors import SetupError
from simcord.backend.models import Interaction
from simcord.builders import ChannelHandle
from simcord.env import Env
from simcord.preview import Preview, _require_preview_runtime
from simcord.preview._pages import _Page
from simcord.preview._server import PreviewServer
from simcord.results import ResponseMessage

from bot.demo.simcord_version import require_simcord

# Discord gives a bot 3 s for its first response to an interaction:
# https://discord.com/developers/docs/interactions/receiving-and-responding
_RESPONSE_WITHIN_S = 3.0
_CHECK_EVERY_S = 0.01
_TRANSCRIPT_LENGTH = 200
_MESSAGE_COMMAND = 3  # Discord's application command type MESSAGE
_USER_COMMAND = 2

log = structlog.get_logger(__name__)


class PageUnavailableError(Exception):
    """The page cannot be shown. The text says why."""


class _WallClock(Clock):
    """simcord's own clock stands still until a test moves it."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class _Transcript(deque[Any]):
    """The latest entries of simcord's transcript, which calls a listener when simcord appends to it.

    simcord keeps all entries, which a demo that runs for hours cannot afford.
    """

    def __init__(self, on_entry: Callable[[], None]) -> None:
        super().__init__(maxlen=_TRANSCRIPT_LENGTH)
        self._on_entry = on_entry

    def append(self, entry: object) -> None:
        super().append(entry)
        self._on_entry()


class LiveDiscord(Env):
    """A simcord that does not wait until the bot is idle: a bot with a worker never is."""

    response_within_s = 0.0
    """Seconds that an action waits for the bot's response. 0: it returns at once."""

    def __init__(self, bot: discord.Client) -> None:
        super().__init__(bot, check_errors=False)
        self.backend.clock = _WallClock()
        self._asked: Interaction | None = None

    @contextmanager
    def _bot_scope(self) -> Iterator[None]:
        """Routes the bot's webhooks to this Discord. Unlike simcord's own, it does not track the bot's tasks."""
        with self.reachable():
            yield

    @contextmanager
    def reachable(self) -> Iterator[None]:
        """Tasks that start in this block reach this Discord when they edit a reply."""
        adapter = self._webhook_adapter
        previous = _dpy_internals.set_webhook_adapter(adapter) if adapter is not None else None
        try:
            yield
        finally:
            if adapter is not None:
                _dpy_internals.reset_webhook_adapter(previous)

    @contextmanager
    def same_ids_each_time(self) -> Iterator[None]:
        """People and channels created in this block get the same ids as at the last start, as a kept database needs.

        Ids contain the time, and a new simcord clock always starts at the same moment.
        """
        clock, self.backend.clock = self.backend.clock, Clock()
        try:
            yield
        finally:
            self.backend.clock = clock

    def listen(self, on_entry: Callable[[], None]) -> None:
        """Calls `on_entry` just before anything happens in this Discord, including private replies."""
        self.backend.transcript = _Transcript(on_entry)  # type: ignore[assignment]  # only appended to and read
        self.backend.http_requests = deque(maxlen=_TRANSCRIPT_LENGTH)  # type: ignore[assignment]  # as above

    def forget_old_messages(self, channel: ChannelHandle, keep: int) -> None:
        """Drops all messages but the first and the last `keep`, because every message on the page makes it slower."""
        stored = self.backend.messages.get(channel.id, {})
        for message_id in sorted(stored)[1:-keep]:
            for file in stored.pop(message_id).attachments:
                self.backend.cdn._blobs.pop(file["url"], None)

    def _notify_dispatch_observers(self, interaction: Interaction) -> None:
        self._asked = interaction
        super()._notify_dispatch_observers(interaction)

    async def _settle_internal(self, **_options: object) -> None:
        """Called after each action: lets the event loop run once, and waits for the bot's response if wanted."""
        asked, self._asked = self._asked, None
        await asyncio.sleep(0)
        checks = int(self.response_within_s / _CHECK_EVERY_S) if asked else 0
        for _ in range(checks):
            if asked is None or asked.responded:
                return
            await asyncio.sleep(_CHECK_EVERY_S)

    def _begin_operation(self, label: str) -> None:
        """Does nothing: simcord forbids overlapping actions, but people on the page act at the same time."""

    def _end_operation(self) -> None:
        """See `_begin_operation`."""

    def _record_error(self, error: BaseException) -> None:
        """Only logs it: the bot reports its errors itself, and simcord would fail the next action, whatever it is."""
        log.debug("simcord saw an error of the bot", error=type(error).__name__)


@dataclass(frozen=True, slots=True)
class PageFile:
    """One of our files on simcord's page."""

    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class PageLook:
    """Changes to simcord's page: its time zone, our files by their path, and a function that edits its HTML."""

    timezone: str
    files: Mapping[str, PageFile]
    change_index: Callable[[str], str]


class _PageServer(PreviewServer):
    """simcord's page server with our files added."""

    def __init__(self, preview: Preview, port: int, look: PageLook) -> None:
        super().__init__(preview, port)
        self._look = look
        # simcord adds a route for each name in this table.
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


_ACTING: ContextVar[_Page | None] = ContextVar("the page that acts now", default=None)


class _LivePreview(Preview):
    """A page that opens at the newest message and accepts clicks while the channel changes."""

    def _initial_target(self, _viewer: object, _channel_id: int) -> None:
        """Focuses no message, so that the page stays at the bottom."""

    def _publish(self, page: _Page, *, reason: Any = "action") -> None:  # noqa: ANN401 - a literal type of simcord's
        self._advance_presentation_time()
        super()._publish(page, reason=reason)

    @property
    def channel(self) -> ChannelHandle:
        """That of the page that acts now, else the first one. simcord's own page shows one channel for ever."""
        page = _ACTING.get()
        return next((each for each in self.channels if page and each.id == page.channel_id), self.channels[0])

    @channel.setter
    def channel(self, first: ChannelHandle) -> None:
        self.channels: tuple[ChannelHandle, ...] = (first,)

    async def _action(self, context_id: str | None, body: object) -> dict[str, Any]:
        page = self._get_page(context_id)
        acting = _ACTING.set(page)
        try:
            return await self._act(context_id, page, body)
        finally:
            _ACTING.reset(acting)

    async def _act(self, context_id: str | None, page: _Page, body: object) -> dict[str, Any]:
        if isinstance(body, Mapping):
            if body.get("kind") == "viewer":
                self._leave_hidden_channel(page, body.get("viewer_id"))
            if body.get("kind") == "channels":
                return self._visible_channels(page)
            if body.get("kind") == "open_channel":
                self._open_channel(page, str(body.get("channel_id")))
                return {}
            if body.get("kind") == "message_commands":
                return {"names": self._message_commands(page)}
            if body.get("kind") == "option_descriptions":
                return {"descriptions": _option_descriptions(page.command_catalog or {})}
            if body.get("kind") == "message_command":
                return await self._run_message_command(page, str(body.get("name")), body.get("target_id"))
            # simcord rejects a click on an outdated page. Here the page changes all the time, so the next click in
            # order is treated as one on the current page.
            if body.get("sequence") == page.last_sequence + 1:
                body = {**body, "published_revision": page.revision}
        return await super()._action(context_id, body)  # type: ignore[arg-type]  # it answers anything

    def _visible_channels(self, page: _Page) -> dict[str, Any]:
        seen = [each for each in self.channels if can_access_channel(self.env, each.id, page.viewer, history=True)]
        listed = [{"id": str(each.id), "name": each.name} for each in seen]
        return {"channels": listed, "open": str(page.channel_id), "viewer": str(page.viewer.id)}

    def _leave_hidden_channel(self, page: _Page, viewer_id: object) -> None:
        """Shows the first channel if the next viewer cannot see this one."""
        if not can_access_channel(self.env, page.channel_id, self._viewer(viewer_id), history=True):
            self._show_channel(page, self.channels[0].id)

    def _open_channel(self, page: _Page, channel_id: str) -> None:
        if channel_id in {channel["id"] for channel in self._visible_channels(page)["channels"]}:
            self._show_channel(page, int(channel_id))
            page.generation += 1
            self._publish(page, reason="navigation")

    def _show_channel(self, page: _Page, channel_id: int) -> None:
        """What simcord does when the viewer changes, for the channel."""
        self._clear_page_assets(page)
        page.channel_id, page.target_id, page.window_end_id = channel_id, None, None
        self._reset_queries(page)
        page.modal, page.modal_handle, page.status = None, None, "current"

    def _message_commands(self, page: _Page) -> list[str]:
        """The commands under "Apps" on a message, and those on its author. simcord's page has no such menus."""
        return [*self._names_of(page, _MESSAGE_COMMAND), *self._names_of(page, _USER_COMMAND)]

    def _names_of(self, page: _Page, kind: int) -> list[str]:
        commands = self.env.backend.visible_commands(user_id=page.viewer.id, channel_id=page.channel_id, type=kind)
        return [command["name"] for command in commands]

    async def _run_message_command(self, page: _Page, name: str, target_id: object) -> dict[str, Any]:
        message = self._target_message(page, self._target_id(target_id, page.viewer))
        target: ResponseMessage | MemberActor = ResponseMessage(self.env, message)
        if name in self._names_of(page, _USER_COMMAND):
            target = next((each for each in self.viewers if each.id == message.author_id), page.viewer)
        result = await page.viewer.context_menu(self.channel, name, target)
        if result.modal is not None:
            page.modal, page.modal_handle = result, "m_" + secrets.token_urlsafe(12)
        self._publish_message_pages()
        return {"answered": result.acknowledged}


def _option_descriptions(catalog: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """What each option is for, by command. simcord's page has an ellipsis in its place."""
    return {
        f"/{entry['invocation']}": {option["name"]: option.get("description", "") for option in entry["options"]}
        for entry in catalog.get("entries", ())
    }


@asynccontextmanager
async def live_discord(bot: discord.Client) -> AsyncIterator[LiveDiscord]:
    """Logs the bot in to a new simcord for the time of the block. Raises WrongSimcordError."""
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
    """An open page. Anyone with its `url` can act as its people. `publish` updates all tabs."""

    url: str
    publish: Callable[[], Any]


def _preview(
    env: LiveDiscord, channels: Sequence[ChannelHandle], viewers: Sequence[MemberActor], port: int, look: PageLook
) -> _LivePreview:
    preview = _LivePreview(
        env,
        channels[0],
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
    preview.channels = tuple(channels)
    preview._server = _PageServer(preview, port, look)
    return preview


@asynccontextmanager
async def live_page(
    env: LiveDiscord,
    channels: Sequence[ChannelHandle],
    viewers: Sequence[MemberActor],
    *,
    port: int,
    look: PageLook,
) -> AsyncIterator[LivePage]:
    """Shows the channels to those of these viewers who can see them, on loopback. Port 0 takes a free port.

    Raises PageUnavailableError.
    """
    try:
        _require_preview_runtime()
    except SetupError as error:
        needed = str(error).partition(";")[0].replace("Preview requires", "the page needs")
        raise PageUnavailableError(f"{needed}: install remix-bot[demo]") from None
    preview = _preview(env, channels, viewers, port, look)
    env.response_within_s = _RESPONSE_WITHIN_S
    try:
        await preview.__aenter__()
    except SetupError:
        raise PageUnavailableError(f"port {port} is already in use: choose another one with --port") from None
    try:
        yield LivePage(preview.url, preview.refresh)
    finally:
        await preview.close()
