"""How the bot stands, for the operator in one look. Read-only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.rules.job_states import JobState
from bot.storage.engine.database import Connection
from bot.storage.remixes import holds
from bot.storage.remixes.holds import Hold
from bot.storage.reports import operator_facts
from bot.storage.reports.operator_facts import RecentFailure, Spend
from bot.storage.standing import blocks, pauses
from bot.storage.standing.pauses import Pause
from bot.use_cases.core import Core

_TROUBLES = 5


@dataclass(frozen=True, slots=True)
class BotStatus:
    """`open_jobs` by state, without those that have none; `oldest_queued_at` aware UTC; `slots` paid calls at once."""

    open_jobs: Mapping[JobState, int]
    oldest_queued_at: datetime | None
    slots: int
    spend: Spend
    hold: Hold | None
    pause: Pause | None
    blocks: int
    troubles: Sequence[RecentFailure]


class OperatorStatus:
    def __init__(self, core: Core, *, slots: int) -> None:
        self._core = core
        self._slots = slots

    async def read(self) -> BotStatus:
        return await self._core.database.transaction(self._read)

    def _read(self, connection: Connection) -> BotStatus:
        return BotStatus(
            open_jobs=operator_facts.open_jobs(connection),
            oldest_queued_at=operator_facts.oldest_queued_at(connection),
            slots=self._slots,
            spend=operator_facts.spend(connection, self._core.clock()),
            hold=holds.read(connection),
            pause=pauses.read(connection),
            blocks=blocks.count(connection),
            troubles=operator_facts.recent_failures(connection, _TROUBLES),
        )
