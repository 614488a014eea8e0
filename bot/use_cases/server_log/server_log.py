"""Everything that keeps the log channels of servers, as one: who writes them, and who watches the servers' budgets."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from bot.rules.prices import Speed
from bot.storage.engine.database import Database
from bot.storage.moderation.cases import Case
from bot.use_cases.operator.watch_budgets import WatchServerBudgets
from bot.use_cases.ports import Clock
from bot.use_cases.server_log.log_facts import LogChannel
from bot.use_cases.server_log.write_log import WriteLog


@dataclass(frozen=True, slots=True)
class ServerLog:
    """A JobListener and CaseListener, for both."""

    write: WriteLog
    budgets: WatchServerBudgets

    @classmethod
    def build(cls, database: Database, channel: LogChannel, reservation: Callable[[Speed], int], clock: Clock) -> Self:
        write = WriteLog(database, channel, clock=clock)
        return cls(write, WatchServerBudgets(database, reservation, write.wake, clock=clock))

    def job_changed(self, job_id: int) -> None:
        """Never raises, returns at once."""
        self.write.job_changed(job_id)
        self.budgets.job_changed(job_id)

    def case_added(self, case: Case) -> None:
        """Never raises, returns at once."""
        self.write.case_added(case)
        self.budgets.case_added(case)

    def start(self) -> "list[asyncio.Task[None]]":
        """Both run until they are cancelled."""
        return [
            asyncio.create_task(self.write.run(), name="log channels"),
            asyncio.create_task(self.budgets.run(), name="servers' budgets"),
        ]

    async def finish(self) -> None:
        """Write what has happened last; at a shutdown. What is left is written at the next start."""
        await self.write.finish()
