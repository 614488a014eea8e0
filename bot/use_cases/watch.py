"""The loop of a background task that looks, whenever a job has changed, whether somebody must be warned."""

import asyncio
from abc import ABC, abstractmethod

import structlog

from bot.rules.budgets import WARN_AT, BudgetWarning
from bot.rules.prices import dollars
from bot.storage.engine.database import DatabaseUnavailableError
from bot.waiting import wait_for_event

_LOOK_AGAIN_S = 15.0

log = structlog.get_logger(__name__)


class Watch(ABC):
    """Looks in a task of its own, so that no job waits for it.

    An error that is not caught here ends `run`. The task is then restarted (bot/background_tasks.py) and looks again,
    so `_look` must keep whatever it has not finished.
    """

    pause_s = 0.0
    """Between two looks, for a watch that need not be at once."""
    look_again_s: float | None = None
    """For a watch that also looks when no job has changed."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()

    def job_changed(self, _job_id: int) -> None:
        """News: money moves, and refusals are recorded, when a job changes."""
        self.look_soon()

    def look_soon(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """Looks first for what an earlier process did not finish. Runs until it is cancelled."""
        while True:
            self._woken.clear()
            if await self.look():
                await wait_for_event(self._woken, self.look_again_s)
                await asyncio.sleep(self.pause_s)
            else:
                await asyncio.sleep(_LOOK_AGAIN_S)

    async def look(self) -> bool:
        """Returns False if the database is unavailable."""
        try:
            await self._look()
        except DatabaseUnavailableError as error:
            log.error("a watch cannot look now; will try again", watch=type(self).__name__, reason=str(error))
            return False
        return True

    @abstractmethod
    async def _look(self) -> None: ...


def log_warning(warning: BudgetWarning, *, guild_id: int | None = None) -> None:
    """`guild_id` is None for the operator's own budgets."""
    log.warning(
        "a budget is spent" if warning.percent == WARN_AT[0] else "much of a budget is spent",
        period=warning.period,
        percent=warning.percent,
        spent=dollars(warning.spent),
        ceiling=dollars(warning.ceiling),
        opens_again=warning.ends_at,
        server=guild_id,
    )
