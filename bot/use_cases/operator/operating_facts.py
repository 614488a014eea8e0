"""Reads what health.json, `remix-bot status` and /metrics say of the queue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.rules.job_states import JobState
from bot.storage.engine.database import Connection
from bot.storage.remixes import holds
from bot.storage.reports import operator_facts
from bot.storage.standing import pauses

HELD_FOR_HOST = "link_host"
"""The queue is held because results lie on a host that IDEOGRAM_IMAGE_HOSTS does not list."""


@dataclass(frozen=True, slots=True)
class OperatingFacts:
    """`jobs` omits states without jobs. `held`: a ProviderProblem, or HELD_FOR_HOST. Times are aware UTC.

    `last_delivery_at` None: not among the newest events.
    """

    jobs: Mapping[JobState, int]
    oldest_queued_at: datetime | None
    held: str | None
    paused: bool
    last_delivery_at: datetime | None


def read_operating_facts(connection: Connection) -> OperatingFacts:
    hold = holds.read(connection)
    return OperatingFacts(
        jobs=operator_facts.open_jobs(connection),
        oldest_queued_at=operator_facts.oldest_queued_at(connection),
        held=(hold.problem or HELD_FOR_HOST) if hold else None,
        paused=pauses.read(connection) is not None,
        last_delivery_at=operator_facts.last_delivery_at(connection),
    )
