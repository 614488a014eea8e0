"""At a start: what an earlier process left half-done goes on, or is parked where it may have been paid."""

import structlog

from bot.rules.job_states import JobState
from bot.storage import claims, holds, jobs
from bot.storage.database import Connection, Database
from bot.use_cases.endings import park_job
from bot.use_cases.interfaces import Clock

log = structlog.get_logger(__name__)


async def recover_jobs(database: Database, lease: str, clock: Clock) -> None:
    """Run once, before the worker claims anything."""
    voided, parked = await database.transaction(_recover, lease, clock)
    if voided or parked:
        log.warning("an earlier process left work half-done", leases_voided=voided, parked=parked)


def _recover(connection: Connection, lease: str, clock: Clock) -> tuple[int, int]:
    voided = claims.void_other_leases(connection, lease)
    asked = jobs.in_state(connection, JobState.GENERATING)
    for job in asked:
        park_job(connection, job, "restart", clock())
    holds.try_at_once(connection, clock())
    return voided, len(asked)
