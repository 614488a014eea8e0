"""At a start: what an earlier process left half-done goes on, or is parked where it may have been paid."""

import structlog

from bot.rules.job_states import JobState
from bot.storage.engine.database import Connection, Database
from bot.storage.remixes import claims, holds, jobs
from bot.use_cases.ports import Clock
from bot.use_cases.remixes.unknown_outcomes import ALWAYS_PARKED, UnknownOutcomes

log = structlog.get_logger(__name__)


async def recover_jobs(database: Database, lease: str, clock: Clock, unknown: UnknownOutcomes = ALWAYS_PARKED) -> None:
    """Run once, before the worker claims anything."""
    voided, resumed, unanswered = await database.transaction(_recover, lease, clock, unknown)
    if voided or unanswered:
        counts = {"leases_voided": voided, "generations_resumed": resumed, "outcomes_unknown": unanswered}
        log.warning("an earlier process left work half-done", **counts)


def _recover(connection: Connection, lease: str, clock: Clock, unknown: UnknownOutcomes) -> tuple[int, int, int]:
    voided = claims.void_other_leases(connection, lease)
    resumed = claims.resume_submitted(connection)
    # Asked, and no id on record under which the answer could be collected.
    unanswered = [job for job in jobs.in_state(connection, JobState.GENERATING) if job.generation is None]
    for job in unanswered:
        unknown.record(connection, job, "restart", clock())
    holds.try_now(connection, clock())
    return voided, resumed, len(unanswered)
