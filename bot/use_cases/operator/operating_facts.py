"""Reads what health.json, `remix-bot status` and /metrics say of the queue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.rules.failures import ProviderProblem
from bot.rules.job_states import JobState
from bot.storage.engine.database import Connection
from bot.storage.remixes import holds
from bot.storage.reports import operator_facts
from bot.storage.standing import pauses


@dataclass(frozen=True, slots=True)
class OperatingFacts:
    """`jobs` omits states without jobs. Times are aware UTC. `last_delivery_at` None: not among the newest events."""

    jobs: Mapping[JobState, int]
    oldest_queued_at: datetime | None
    held: ProviderProblem | None
    paused: bool
    last_delivery_at: datetime | None


def read_operating_facts(connection: Connection) -> OperatingFacts:
    hold = holds.read(connection)
    return OperatingFacts(
        jobs=operator_facts.open_jobs(connection),
        oldest_queued_at=operator_facts.oldest_queued_at(connection),
        held=hold.problem if hold else None,
        paused=pauses.read(connection) is not None,
        last_delivery_at=operator_facts.last_delivery_at(connection),
    )
