"""The loops of background tasks: those that look whether something follows from news, and those that work in rounds."""

import asyncio
from abc import ABC, abstractmethod
from typing import ClassVar

import structlog

from bot.rules.budgets import WARN_AT, BudgetWarning
from bot.rules.prices import dollars
from bot.storage.engine.database import DatabaseUnavailableError
from bot.use_cases.core import Core
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


class Rounds(ABC):
    """Does what is due in a task of its own, in rounds: while there is more, then when it is woken, or now and then.

    What is due is in the database, so a crash loses nothing. Any error ends only the round, and the next one tries
    again: one message that cannot be written must not keep the others.
    """

    name: ClassVar[str]
    """As alarms name it."""
    unavailable: ClassVar[str]
    failed: ClassVar[str]
    """What the log says while the database is away, and of any other error."""
    look_again_s: ClassVar[float]

    def __init__(self, core: Core) -> None:
        self._core = core
        self._woken = asyncio.Event()

    def wake(self, _changed: int | None = None) -> None:
        """There may be something to do. A round reads all that is due, so it need not know what has changed."""
        self._woken.set()

    async def run(self) -> None:
        """Starts with what an earlier process left. Runs until it is cancelled."""
        while True:
            self._woken.clear()
            if not await self._try_round():
                await wait_for_event(self._woken, self.look_again_s)

    async def _try_round(self) -> bool:
        """Returns whether there may be more to do at once."""
        try:
            has_more = await self.round()
        except DatabaseUnavailableError as error:
            log.error(self.unavailable, reason=str(error))
            return False
        except Exception:  # whatever it was, the task goes on
            log.exception(self.failed)
            self._core.news.loop_did(self.name, well=False)
            return False
        self._core.news.loop_did(self.name, well=True)
        return has_more

    @abstractmethod
    async def round(self) -> bool:
        """Returns whether there may be more to do at once."""


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
