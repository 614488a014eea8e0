"""Warns when the spending reaches a part of a budget, once for each part, day and month.

The operator is told of theirs; of a server's own its moderators are, in its log channel.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence

import structlog

from bot.rules.budgets import BudgetWarning, warnings_due
from bot.rules.log_kinds import LogKind
from bot.rules.policies import Policy
from bot.rules.prices import Speed, dollars
from bot.storage.engine.database import Connection, DatabaseUnavailableError
from bot.storage.moderation.cases import Case
from bot.storage.remixes import jobs, spending
from bot.storage.server_log import log_entries
from bot.storage.standing import policies
from bot.use_cases.core import Core
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.ports import OperatorNotices
from bot.use_cases.server_log.log_facts import write_warning

log = structlog.get_logger(__name__)


class _Watch(ABC):
    """A JobListener: money moves when a job changes. Looks in a task of its own, so that no job waits for it."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._woken = asyncio.Event()

    def job_changed(self, _job_id: int) -> None:
        """Never raises, returns at once."""
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled. The first look is for what an earlier process did not come to tell."""
        while True:
            self._woken.clear()
            await self.look()
            await self._woken.wait()

    async def look(self) -> None:
        """Tell what is to be told now."""
        try:
            await self._look()
        except DatabaseUnavailableError as error:
            log.error("cannot see how much of a budget is spent", reason=str(error))

    @abstractmethod
    async def _look(self) -> None: ...


class WatchBudgets(_Watch):
    """The operator's."""

    def __init__(self, core: Core, rules: OperatorRules, operator: OperatorNotices) -> None:
        super().__init__(core)
        self._ceilings = rules.ceilings
        self._cheapest = rules.cheapest
        self._operator = operator

    async def run(self) -> None:
        """Until cancelled; at once over where there is no budget."""
        if self._ceilings:
            await super().run()

    async def _look(self) -> None:
        """Recorded before it is told: better once too rarely than at every start."""
        for warning in await self._core.database.transaction(self._take):
            _note(warning, server=None)
            await self._operator.warn_of_budget(warning)

    def _take(self, connection: Connection) -> Sequence[BudgetWarning]:
        now = self._core.clock()
        warnings = warnings_due(spending.read(connection, now), self._ceilings, self._cheapest, now)
        for warning in warnings:
            spending.mark_warned(connection, warning, now)
        return warnings


class WatchServerBudgets(_Watch):
    """The servers' own. Also told of cases: a budget that was changed is warned of anew.

    A warning becomes an entry of the log in the transaction that marks it as told; `log_changed` wakes who writes it.
    """

    def __init__(self, core: Core, reservation: Callable[[Speed], int], log_changed: Callable[[], None]) -> None:
        super().__init__(core)
        self._reservation = reservation
        self._log_changed = log_changed
        self._jobs: set[int] = set()
        self._servers: set[int] = set()
        self._looked_at_all = False

    def job_changed(self, job_id: int) -> None:
        """Never raises, returns at once."""
        self._jobs.add(job_id)
        super().job_changed(job_id)

    def case_added(self, case: Case) -> None:
        """Never raises, returns at once."""
        self._servers.add(case.guild_id)
        self._woken.set()

    async def _look(self) -> None:
        changed, self._jobs = self._jobs, set()
        asked, self._servers = self._servers, set()
        found = await self._core.database.transaction(self._take, changed, asked, everywhere=not self._looked_at_all)
        self._looked_at_all = True
        for guild_id, warning in found:
            _note(warning, server=guild_id)
        if found:
            self._log_changed()

    def _take(
        self, connection: Connection, changed: Collection[int], asked: Collection[int], *, everywhere: bool
    ) -> Sequence[tuple[int, BudgetWarning]]:
        with_budget = set(policies.servers_with_budget(connection)) if everywhere else set()
        looked_at = with_budget | set(asked) | jobs.servers_of(connection, changed)
        return [(guild_id, warning) for guild_id in looked_at for warning in self._take_from(connection, guild_id)]

    def _take_from(self, connection: Connection, guild_id: int) -> Sequence[BudgetWarning]:
        now = self._core.clock()
        policy = policies.read(connection, guild_id)
        if policy.log_channel is None or not policy.ceilings:
            return []
        spent = spending.read_server(connection, guild_id, now)
        warnings = warnings_due(spent, policy.ceilings, self._cheapest(policy), now)
        for warning in warnings:
            spending.mark_server_warned(connection, guild_id, warning, now)
            log_entries.add(connection, guild_id, LogKind.BUDGET, now, details=write_warning(warning))
        return warnings

    def _cheapest(self, policy: Policy) -> int:
        """Micro-dollars that the cheapest remix needs which the server allows."""
        return min(self._reservation(speed) for speed in Speed if policy.allows(speed))


def _note(warning: BudgetWarning, server: int | None) -> None:
    log.warning(
        "a budget is spent" if warning.percent == 100 else "much of a budget is spent",  # noqa: PLR2004 - percent
        period=warning.period,
        percent=warning.percent,
        spent=dollars(warning.spent),
        ceiling=dollars(warning.ceiling),
        opens_again=warning.ends_at,
        server=server,
    )
