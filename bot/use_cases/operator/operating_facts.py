"""Reads what health.json, `remix-bot status` and /metrics say of the queue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.rules.job_states import JobState
from bot.storage.engine.database import Connection
from bot.storage.processes import call_slots
from bot.storage.remixes import holds
from bot.storage.reports import operator_facts
from bot.storage.standing import pauses

HELD_FOR_HOST = "link_host"
"""The queue is held because results lie on a host that IDEOGRAM_IMAGE_HOSTS does not list."""


@dataclass(frozen=True, slots=True)
class OperatingFacts:
    """`jobs` omits states without jobs. `held`: a ProviderProblem, or HELD_FOR_HOST. Times are aware UTC.

    `last_delivery_at` None: not among the newest events. `slots_in_use`: of all processes; None if there is only this
    one, whose worker knows.
    """

    jobs: Mapping[JobState, int]
    oldest_queued_at: datetime | None
    held: str | None
    paused: bool
    last_delivery_at: datetime | None
    slots_in_use: int | None = None


def read_operating_facts(connection: Connection, *, shared: bool = False) -> OperatingFacts:
    """`shared`: several processes work on the database."""
    hold = holds.read(connection)
    return OperatingFacts(
        jobs=operator_facts.open_jobs(connection),
        oldest_queued_at=operator_facts.oldest_queued_at(connection),
        held=(hold.problem or HELD_FOR_HOST) if hold else None,
        paused=pauses.read(connection) is not None,
        last_delivery_at=operator_facts.last_delivery_at(connection),
        slots_in_use=call_slots.in_flight(connection) if shared else None,
    )
