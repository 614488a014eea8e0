"""At a start: what an earlier process left half-done goes on, or is parked where it may have been paid."""

import structlog

from bot.rules.job_states import JobState
from bot.storage import claims, holds, jobs
from bot.storage.database import Connection, Database
from bot.use_cases.interfaces import Clock
from bot.use_cases.unknown_outcomes import ALWAYS_PARKED, UnknownOutcomes

log = structlog.get_logger(__name__)


async def recover_jobs(database: Database, lease: str, clock: Clock, unknown: UnknownOutcomes = ALWAYS_PARKED) -> None:
    """Run once, before the worker claims anything."""
    voided, unanswered = await database.transaction(_recover, lease, clock, unknown)
    if voided or unanswered:
        log.warning("an earlier process left work half-done", leases_voided=voided, outcomes_unknown=unanswered)


def _recover(connection: Connection, lease: str, clock: Clock, unknown: UnknownOutcomes) -> tuple[int, int]:
    voided = claims.void_other_leases(connection, lease)
    asked = jobs.in_state(connection, JobState.GENERATING)
    for job in asked:
        unknown.record(connection, job, "restart", clock())
    holds.try_at_once(connection, clock())
    return voided, len(asked)
