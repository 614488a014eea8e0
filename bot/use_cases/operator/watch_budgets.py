"""Warns the operator when their budgets are spent: once for each percentage, day and month."""

from collections.abc import Sequence

from bot.rules.budgets import BudgetWarning, warnings_due
from bot.storage.engine.database import Connection
from bot.storage.remixes import spending
from bot.use_cases.core import Core
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.ports import OperatorNotices
from bot.use_cases.surely import take_known
from bot.use_cases.watch import Watch, log_warning


class WatchBudgets(Watch):
    def __init__(self, core: Core, rules: OperatorRules, operator: OperatorNotices) -> None:
        super().__init__()
        self._core = core
        self._ceilings = rules.ceilings
        self._cheapest = rules.cheapest
        self._operator = operator
        self._unsent: list[BudgetWarning] = []

    async def run(self) -> None:
        """Returns at once if there is no budget."""
        if self._ceilings:
            await super().run()

    async def _look(self) -> None:
        # A warning is recorded before it is sent: a crash in between loses one, but no start ever repeats one.
        self._unsent += await take_known(self._core.database, self._take_due)
        while self._unsent:
            warning = self._unsent.pop(0)
            log_warning(warning)
            await self._operator.warn_of_budget(warning)

    def _take_due(self, connection: Connection) -> Sequence[BudgetWarning]:
        now = self._core.clock()
        warnings = warnings_due(spending.read(connection, now), self._ceilings, self._cheapest, now)
        for warning in warnings:
            spending.mark_warned(connection, warning, now)
        return warnings
