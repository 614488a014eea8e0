"""Warns the operator when the spending reaches a part of a budget: once for each part, day and month."""

import asyncio
from collections.abc import Sequence

import structlog

from bot.rules.budgets import BudgetWarning, Ceilings, warnings_due
from bot.rules.prices import dollars
from bot.storage import spending
from bot.storage.database import Connection, Database, DatabaseUnavailableError
from bot.use_cases.interfaces import Clock, OperatorNotices

log = structlog.get_logger(__name__)


class WatchBudgets:
    """A JobListener: money moves when a job changes. Looks in a task of its own, so that no job waits for it."""

    def __init__(
        self, database: Database, ceilings: Ceilings, cheapest: int, operator: OperatorNotices, *, clock: Clock
    ) -> None:
        self._database = database
        self._ceilings = ceilings
        self._cheapest = cheapest
        self._operator = operator
        self._clock = clock
        self._woken = asyncio.Event()

    def job_changed(self, _job_id: int) -> None:
        """Never raises, returns at once."""
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled. The first look is for what an earlier process did not come to tell."""
        while self._ceilings:
            self._woken.clear()
            await self.look()
            await self._woken.wait()

    async def look(self) -> None:
        """Tell what is to be told now. Recorded before it is told: better once too rarely than at every start."""
        try:
            warnings = await self._database.transaction(self._take)
        except DatabaseUnavailableError as error:
            log.error("cannot see how much of a budget is spent", reason=str(error))
            return
        for warning in warnings:
            log.warning(
                "a budget is spent" if warning.percent == 100 else "much of a budget is spent",  # noqa: PLR2004 - percent
                period=warning.period,
                percent=warning.percent,
                spent=dollars(warning.spent),
                ceiling=dollars(warning.ceiling),
                opens_again=warning.ends_at,
            )
            await self._operator.warn_of_budget(warning)

    def _take(self, connection: Connection) -> Sequence[BudgetWarning]:
        now = self._clock()
        warnings = warnings_due(spending.read(connection, now), self._ceilings, self._cheapest, now)
        for warning in warnings:
            spending.mark_warned(connection, warning, now)
        return warnings
