"""Warns a server's moderators in its log channel when the server's own budgets are spent."""

from collections.abc import Callable, Collection, Sequence

from bot.rules.budgets import BudgetWarning, warnings_due
from bot.rules.log_kinds import LogKind
from bot.rules.policies import Policy
from bot.rules.prices import Speed
from bot.storage.engine.database import Connection
from bot.storage.moderation.cases import Case
from bot.storage.remixes import jobs, spending
from bot.storage.server_log import log_entries
from bot.storage.standing import policies
from bot.use_cases.core import Core
from bot.use_cases.server_log.log_facts import write_warning
from bot.use_cases.watch import Watch, log_warning

_MOST_JOBS = 10_000
"""In a process that does not run the watch, because another one does, they would add up."""


class WatchServerBudgets(Watch):
    """A warning becomes an entry of the log in the transaction that marks it as given. `log_changed` wakes the writer.

    It also hears of cases, because a changed budget is warned of from the start.
    """

    def __init__(self, core: Core, reservation: Callable[[Speed], int], log_changed: Callable[[], None]) -> None:
        super().__init__()
        self._core = core
        self._reservation = reservation
        self._log_changed = log_changed
        self._jobs: set[int] = set()
        self._servers: set[int] = set()
        self._look_everywhere = True

    def job_changed(self, job_id: int) -> None:
        self._jobs.add(job_id)
        if len(self._jobs) > _MOST_JOBS:
            self.look_everywhere()
        super().job_changed(job_id)

    def case_added(self, case: Case) -> None:
        self._servers.add(case.guild_id)
        self.look_soon()

    def look_everywhere(self) -> None:
        self._look_everywhere = True
        self._jobs.clear()
        self._servers.clear()
        self.look_soon()

    async def _look(self) -> None:
        # The sets are emptied before the transaction: a job that changes during it must be looked at once more. If the
        # transaction fails, what was in them is not lost, because the next look is at every server with a budget.
        changed, self._jobs = self._jobs, set()
        asked, self._servers = self._servers, set()
        everywhere, self._look_everywhere = self._look_everywhere, False
        try:
            found = await self._core.database.transaction(self._take_due, changed, asked, everywhere=everywhere)
        except BaseException:
            self._look_everywhere = True
            raise
        for guild_id, warning in found:
            log_warning(warning, guild_id=guild_id)
        if found:
            self._log_changed()

    def _take_due(
        self, connection: Connection, changed: Collection[int], asked: Collection[int], *, everywhere: bool
    ) -> Sequence[tuple[int, BudgetWarning]]:
        with_budget = set(policies.servers_with_budget(connection)) if everywhere else set()
        guild_ids = with_budget | set(asked) | jobs.servers_of(connection, changed)
        return [(guild_id, warning) for guild_id in guild_ids for warning in self._take_due_in(connection, guild_id)]

    def _take_due_in(self, connection: Connection, guild_id: int) -> Sequence[BudgetWarning]:
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
        """Micro-dollars that the cheapest remix needs, among the speeds that the server allows."""
        return min(self._reservation(speed) for speed in Speed if policy.allows(speed))
