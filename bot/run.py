"""`remix-bot run`: runs the bot until it is stopped, and lets paid calls finish first."""

import asyncio
import gc
import os
import platform
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from types import FrameType
from urllib.parse import urlsplit

import structlog

from bot import __version__
from bot.discord_app.connection import choose_sharding, log_in, stay_accepted, stay_connected, use_endpoints
from bot.discord_app.sharded_client import Sharding
from bot.joining import StoppedError
from bot.monitor import Monitor
from bot.rules.roles import Part
from bot.settings.kinds import amount
from bot.settings.settings import Settings
from bot.storage.engine.databases.shown import shown_database
from bot.wiring import App, open_app

log = structlog.get_logger(__name__)


async def run(settings: Settings, part: Part) -> None:
    """Does that part of the bot's work until SIGTERM or SIGINT.

    Raises DiscordRefusedError, MoreShardsNeededError, MetricsUnavailableError, DatabaseInUseError and
    DatabaseUnavailableError.
    """
    stop = asyncio.Event()
    _listen_to_signals(stop)
    _log_start(settings, part)
    use_endpoints(settings.discord_api_url, settings.discord_gateway_url)
    if not settings.allowed_guild_ids and not settings.ceilings:
        log.warning(
            "every server can invite the bot, and there is no limit on what they spend together: set DAILY_BUDGET_USD, "
            "or list your servers in ALLOWED_GUILD_IDS"
        )
    monitor, token = Monitor(settings, part), settings.discord_token.get_secret_value()

    async def ask_for_shards() -> Sharding | None:
        chosen: list[Sharding | None] = []

        async def choose() -> None:
            chosen.append(await choose_sharding(token, settings.discord_proxy, part.shards))

        if await _until(stop, choose()):
            raise StoppedError
        return chosen[0]

    with suppress(StoppedError):
        opening = open_app(settings, part, meanwhile=monitor, choose_sharding=ask_for_shards, stop=stop)
        async with opening as app, app.client:
            await monitor.watch(app)
            if await _until(stop, log_in(app.client, token)):
                return
            await app.start_work()
            # A worker is up now. A gateway is when Discord says so, which wakes the heartbeat too.
            monitor.heartbeat.wake()
            _freeze_startup_objects()
            await _serve(app, stop, settings.shutdown_grace_s, monitor.stopping)


def _log_start(settings: Settings, part: Part) -> None:
    """One line that says which bot this is, and on what it works."""
    budgets = {
        "daily": settings.daily_budget_usd,
        "monthly": settings.monthly_budget_usd,
        "server_daily": settings.server_daily_budget_usd,
        "person_daily": settings.person_daily_budget_usd,
    }
    log.info(
        "starting",
        version=__version__,
        role=part.role.value,
        shards=str(part.shards or "all") if part.answers else "none",
        python=platform.python_version(),
        database=shown_database(settings.database_url),
        pictures=str(settings.picture_folder.resolve()) if settings.picture_folder else settings.blob_url,
        api=settings.ideogram_api.value,
        api_host=urlsplit(settings.ideogram_api_url).netloc,
        proxies={
            name: settings.proxies.shown_for(url) or "none"
            for name, url in (("discord", settings.discord_urls[0]), ("ideogram", settings.ideogram_api_url))
        },
        budgets_usd={name: "none" if micros == "none" else amount(micros) for name, micros in budgets.items()},
        allowed_servers=len(settings.allowed_guild_ids) or "all",
        log_format=settings.log_format,
    )


async def _serve(app: App, stop: asyncio.Event, grace_s: float, on_stop: Callable[[], None]) -> None:
    """Stays connected until the stop, and then until paid calls are done, as their results have to be posted."""
    connection = asyncio.create_task(_stay_connected(app), name="connection")
    work = asyncio.create_task(app.work_ended(), name="work")
    taken = asyncio.create_task(app.database_taken(), name="database")
    tasks = {connection, work, taken, asyncio.create_task(stop.wait(), name="stop")}
    ready = asyncio.create_task(_log_ready(app), name="ready")
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        on_stop()
        # What another process has taken over, this one can store nothing of.
        grace_s = 0 if taken in ended else grace_s
        log.info("stopping: taking no new work, waiting for paid calls", grace_s=grace_s)
        await app.stop_work(grace_s)
        for task in ended & {connection, work, taken}:
            task.result()
    finally:
        for task in (*tasks, ready):
            task.cancel()
        await asyncio.gather(*tasks, ready, return_exceptions=True)
    log.info("stopped")


async def _stay_connected(app: App) -> None:
    """A worker has no connection to lose: it calls Discord by REST alone."""
    await (stay_connected if app.part.answers else stay_accepted)(app.client)


async def _log_ready(app: App) -> None:
    """After READY only: until then the bot hears no command, and Discord can still refuse it.

    A worker hears none, and is ready at once.
    """
    if app.part.answers:
        await app.client.wait_until_ready()
    servers = len(app.client.guilds) if app.part.answers else "all"
    log.info("ready", bot=str(app.client.user), role=app.part.role.value, servers=servers)


def _freeze_startup_objects() -> None:
    """Exempts modules, commands and statements from garbage collection: they live as long as the process.

    Before, each full collection visited all of them and stopped the event loop for up to 70 ms.
    """
    gc.collect()
    gc.freeze()


async def _until(stop: asyncio.Event, work: Coroutine[None, None, None]) -> bool:
    """Does the work unless the stop comes first. True if the stop came first."""
    working = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if working.done():
        working.result()
        return False
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    return True


def _listen_to_signals(stop: asyncio.Event) -> None:
    """The first signal stops the bot in order. A second one ends the process at once, which loses nothing committed.

    Without a handler SIGTERM would kill the process in the middle of a paid call, and so would SIGQUIT, which
    some images have as their STOPSIGNAL. SIGHUP comes when a terminal is closed: the bot goes on, as it reads no
    settings again. Python itself ignores SIGPIPE.
    """
    loop = asyncio.get_running_loop()

    def on_signal(number: int) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    for name in ("SIGTERM", "SIGINT", "SIGQUIT"):
        if number := getattr(signal, name, None):  # Windows has no SIGQUIT
            _handle(loop, number, on_signal)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _handle(loop: asyncio.AbstractEventLoop, number: int, on_signal: Callable[[int], None]) -> None:
    def from_interpreter(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(on_signal, number)

    try:
        loop.add_signal_handler(number, on_signal, number)
    except NotImplementedError:  # on Windows, where asyncio has no signal handlers
        signal.signal(number, from_interpreter)
