"""Reads the state of the whole bot for `/remix-operator status`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.rules.alarms import OpenAlarm
from bot.rules.job_states import JobState
from bot.storage.engine.database import Connection
from bot.storage.operator import alarms
from bot.storage.remixes import holds
from bot.storage.remixes.holds import Hold
from bot.storage.reports import operator_facts
from bot.storage.reports.operator_facts import RecentFailure, Spend
from bot.storage.standing import blocks, pauses
from bot.storage.standing.pauses import Pause
from bot.use_cases.core import Core
from bot.use_cases.operator_rules import OperatorRules

_FAILURES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class BotStatus:
    """`open_jobs` omits states without jobs. `oldest_queued_at` is aware UTC. `rules`: the limits in force."""

    open_jobs: Mapping[JobState, int]
    oldest_queued_at: datetime | None
    rules: OperatorRules
    spend: Spend
    hold: Hold | None
    pause: Pause | None
    blocks: int
    failures: Sequence[RecentFailure]
    alarms: Sequence[OpenAlarm] = ()


async def read_status(core: Core, rules: OperatorRules) -> BotStatus:
    return await core.database.read_long(_read, rules, core.clock())


def _read(connection: Connection, rules: OperatorRules, now: datetime) -> BotStatus:
    return BotStatus(
        open_jobs=operator_facts.open_jobs(connection),
        oldest_queued_at=operator_facts.oldest_queued_at(connection),
        rules=rules,
        spend=operator_facts.spend(connection, now),
        hold=holds.read(connection),
        pause=pauses.read(connection),
        blocks=blocks.count(connection),
        failures=operator_facts.recent_failures(connection, _FAILURES_SHOWN),
        alarms=alarms.read_open(connection),
    )
