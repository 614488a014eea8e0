"""Everything that keeps the log channels of servers, as one: who writes them, and who watches the servers' budgets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from bot.rules.prices import Speed
from bot.storage.moderation.cases import Case
from bot.use_cases.core import Core
from bot.use_cases.operator.watch_budgets import WatchServerBudgets
from bot.use_cases.server_log.log_facts import LogChannel
from bot.use_cases.server_log.write_log import WriteLog


@dataclass(frozen=True, slots=True)
class ServerLog:
    """Listens to news for both."""

    write: WriteLog
    budgets: WatchServerBudgets

    @classmethod
    def build(cls, core: Core, channel: LogChannel, reservation: Callable[[Speed], int]) -> Self:
        write = WriteLog(core, channel)
        return cls(write, WatchServerBudgets(core, reservation, write.wake))

    def job_changed(self, job_id: int) -> None:
        """Never raises, returns at once."""
        self.write.job_changed(job_id)
        self.budgets.job_changed(job_id)

    def case_added(self, case: Case) -> None:
        """Never raises, returns at once."""
        self.write.case_added(case)
        self.budgets.case_added(case)

    async def finish(self) -> None:
        """Write what has happened last; at a shutdown. What is left is written at the next start."""
        await self.write.finish()
