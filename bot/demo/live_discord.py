"""Discord, played by simcord in this process, with a clock that runs. Only here are simcord's private names used."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version

import discord
from simcord import _dpy_internals
from simcord._clock import Clock
from simcord.env import Env

PINNED = "3.2.1"
_ANSWERED_WITHIN_S = 3.0


class WrongSimcordError(Exception):
    """Another simcord than the one whose private names are used here."""


class _WallClock(Clock):
    """simcord's own stands still until a test moves it."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class LiveDiscord(Env):
    """Waits for the bot's answer only, not for all of its tasks: a bot with a worker is never idle."""

    def __init__(self, bot: discord.Client) -> None:
        super().__init__(bot, check_errors=False)
        self.backend.clock = _WallClock()
        self._responded = asyncio.Event()

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

    async def _settle_internal(self, **_options: object) -> None:
        """After each action: one turn of the loop. Who waits for something waits for just that."""
        await asyncio.sleep(0)

    def _begin_operation(self, label: str) -> None:
        """Actions may overlap, as people's do."""

    def _end_operation(self) -> None:
        """See `_begin_operation`."""


@asynccontextmanager
async def live_discord(bot: discord.Client) -> AsyncIterator[LiveDiscord]:
    """Raises WrongSimcordError. The bot is logged in and ready inside the block."""
    installed = version("simcord")
    if installed != PINNED:
        raise WrongSimcordError(
            f"the demo needs simcord {PINNED}, and {installed} is installed: install remix-bot[demo]"
        )
    env = LiveDiscord(bot)
    await env.start()
    try:
        with env.reachable():
            yield env
    finally:
        await env.shutdown()
