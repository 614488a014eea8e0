"""At a start: what an earlier process left half-done goes on, or is parked where it may have been paid."""

from collections.abc import Sequence

import structlog

from bot.rules.job_states import JobState
from bot.storage import claims, holds, jobs
from bot.storage.database import Connection, Database
from bot.storage.jobs import Job
from bot.use_cases.endings import park_job
from bot.use_cases.interfaces import Clock

log = structlog.get_logger(__name__)


async def recover_jobs(database: Database, lease: str, clock: Clock) -> Sequence[Job]:
    """Run once, before the worker claims anything. Returns the unfinished jobs, so that their people can be told."""
    voided, parked, unfinished = await database.transaction(_recover, lease, clock)
    if unfinished:
        log.info("unfinished jobs were found", unfinished=len(unfinished), leases_voided=voided, parked=parked)
    return unfinished


def _recover(connection: Connection, lease: str, clock: Clock) -> tuple[int, int, list[Job]]:
    voided = claims.void_other_leases(connection, lease)
    asked = jobs.in_state(connection, JobState.GENERATING)
    for job in asked:
        park_job(connection, job, "restart", clock())
    holds.try_at_once(connection, clock())
    waiting = [*jobs.in_state(connection, JobState.QUEUED), *jobs.in_state(connection, JobState.GENERATED)]
    return voided, len(asked), [*waiting, *(jobs.get(connection, job.id) for job in asked)]
