"""`remix-bot demo`: shows the page until Ctrl-C."""

import asyncio
import os
import signal
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.demo.ideogram_stand_in import IdeogramStandIn
from bot.demo.keyless import KEY, demo_settings, keyless_bot
from bot.demo.live_discord import LiveDiscord, LivePage, PageFile, PageLook, live_page
from bot.demo.page.community import Community, create_community, welcome
from bot.demo.page.live_updates import LiveUpdates

_GRACE_S = 2.0
_KEPT_MESSAGES = 20
# With one slot the visitor can see a second remix wait in the queue.
_SLOTS = 1
_UNSAFE_WORD = "unsafe"
"""Lets the visitor see what a safety refusal leads to. The welcome message names it."""


@dataclass(frozen=True, slots=True)
class PageOptions:
    """`port` 0 takes a free port. `fail` is one of the stand-in's faults. `keep` None: a folder deleted at the end.

    `result_side` is the longer side of results in pixels, None the size that Ideogram would deliver.
    """

    port: int = 0
    browser: bool = True
    latency_s: float = 3.0
    cooldown_s: float = 10.0
    fail: str | None = None
    keep: Path | None = None
    result_side: int | None = None


async def show_page(options: PageOptions, report: Callable[[str], None]) -> None:
    """Runs until it is cancelled (Ctrl-C, SIGTERM).

    Raises PageUnavailableError, OSError, DatabaseInUseError, DatabaseTooNewError and DatabaseUnavailableError.
    """
    _stop_on_sigterm()
    with _folder(options.keep) as folder:
        async with _stand_in(options) as ideogram:
            changes = {"ideogram_max_in_flight": _SLOTS, "cooldown_s": options.cooldown_s}
            settings = demo_settings(folder, ideogram).model_copy(update=changes)
            async with keyless_bot(settings, ideogram, grace_s=_GRACE_S) as (app, live):
                community = create_community(live)
                async with _open(live, community, options.port) as page:
                    await app.start_work()
                    await welcome(community, _file("bot.demo", "sample.jpg"))
                    report(f"The demo is open: {page.url}\nPress Ctrl-C to stop it.")
                    if options.browser:
                        await asyncio.to_thread(_open_browser, page.url)
                    await asyncio.Event().wait()


def _stand_in(options: PageOptions) -> IdeogramStandIn:
    """Its files have the size that its answers name: cards show one, Details the other. `result_side` changes that."""
    full_size = options.result_side is None
    stand_in = IdeogramStandIn(api_key=KEY, latency_s=options.latency_s, always=options.fail, full_size=full_size)
    stand_in.dials.unsafe_word = _UNSAFE_WORD
    if options.result_side is not None:
        stand_in.dials.long_side = options.result_side
    return stand_in


@asynccontextmanager
async def _open(live: LiveDiscord, community: Community, port: int) -> AsyncIterator[LivePage]:
    """Opens the page and updates it whenever something happens in Discord."""

    async def publish() -> None:
        for channel in (community.channel, community.log):
            live.forget_old_messages(channel, _KEPT_MESSAGES)
        await page.publish()

    look = PageLook(local_timezone(), page_files(), add_our_assets)
    async with live_page(live, (community.channel, community.log), community.viewers, port=port, look=look) as page:
        updates = LiveUpdates(publish)
        live.listen(updates.wake)
        updating = asyncio.create_task(updates.run(), name="live updates")
        try:
            yield page
        finally:
            updating.cancel()


def _open_browser(url: str) -> None:
    """Opens a graphical browser; blocks for some seconds at most. A text browser would block until it is closed."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    if type(browser) is not webbrowser.GenericBrowser:
        browser.open(url)


def page_files() -> dict[str, PageFile]:
    """Our own files, by their path on the page."""
    return {
        "/demo.css": PageFile("text/css", _file("bot.demo.page", "page.css")),
        "/demo.js": PageFile("text/javascript", _file("bot.demo.page", "page.js")),
        "/sample.jpg": PageFile("image/jpeg", _file("bot.demo", "sample.jpg")),
    }


def _file(package: str, name: str) -> bytes:
    return files(package).joinpath(name).read_bytes()


def add_our_assets(index: str) -> str:
    """Simcord's HTML with our title, style sheet and script."""
    index = index.replace("<title>SimCord Preview</title>", "<title>remix-bot demo</title>")
    ours = '<link rel="stylesheet" href="/demo.css"><script type="module" src="/demo.js"></script>'
    return index.replace("</head>", f"{ours}</head>")


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="remix-bot-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def local_timezone() -> str:
    """The name of this machine's time zone, or UTC if it cannot be read from /etc/localtime."""
    _, _, name = os.path.realpath("/etc/localtime").partition("zoneinfo/")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"
    return name


def _stop_on_sigterm() -> None:
    """Makes SIGTERM cancel the demo, as Ctrl-C does, so that everything is closed in order."""
    task = asyncio.current_task()
    if task is not None:
        with suppress(NotImplementedError):  # on Windows, where asyncio has no signal handlers
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
