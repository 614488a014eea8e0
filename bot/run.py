"""`remix-bot run`: the bot as a process, from the log-in to the last paid call."""

import asyncio
import gc
import os
import signal
from collections.abc import Callable, Coroutine
from types import FrameType

import structlog

from bot.discord_app.connection import log_in, stay_connected, use_endpoints
from bot.settings.settings import Settings
from bot.wiring import App, open_app

log = structlog.get_logger(__name__)


async def run(settings: Settings) -> None:
    """Until SIGTERM or SIGINT. Raises DiscordRefusedError, DatabaseInUseError, DatabaseUnavailableError."""
    use_endpoints(settings.discord_api_url, settings.discord_gateway_url)
    stop = asyncio.Event()
    _listen_to_signals(stop)
    async with open_app(settings) as app, app.client:
        if await _until(stop, log_in(app.client, settings.discord_token.get_secret_value())):
            return
        await app.start_work()
        _pass_over_what_stays()
        log.info("ready", bot=str(app.client.user))
        await _serve(app, stop, settings.shutdown_grace_s)


async def _serve(app: App, stop: asyncio.Event, grace_s: float) -> None:
    """Stay connected until the stop, and while the paid calls finish: their results are still to be posted."""
    connection = asyncio.create_task(stay_connected(app.client), name="connection")
    work = asyncio.create_task(app.work_ended(), name="work")
    tasks = {connection, work, asyncio.create_task(stop.wait(), name="stop")}
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        log.info("stopping: no new work; paid calls may finish", grace_s=grace_s)
        await app.stop_work(grace_s)
        for task in ended & {connection, work}:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    log.info("stopped")


def _pass_over_what_stays() -> None:
    """Modules, commands and statements live as long as the process: the collector went through them all again and
    again, and the event loop stood still for up to 70 ms each time. Now it looks at what came since.
    """
    gc.collect()
    gc.freeze()


async def _until(stop: asyncio.Event, work: Coroutine[None, None, None]) -> bool:
    """Do the work unless the stop comes first; True if it did."""
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
    """The first signal stops in order, a second one ends the process at once: what is committed is safe."""
    loop = asyncio.get_running_loop()

    def on_signal(number: int) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        _handle(loop, number, on_signal)


def _handle(loop: asyncio.AbstractEventLoop, number: int, on_signal: Callable[[int], None]) -> None:
    def from_interpreter(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(on_signal, number)

    try:
        loop.add_signal_handler(number, on_signal, number)
    except NotImplementedError:  # Windows
        signal.signal(number, from_interpreter)
