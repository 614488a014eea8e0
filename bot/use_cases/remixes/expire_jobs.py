"""Queued jobs that are too old are let go: nobody waits for them any more, and nothing was charged."""

from bot.rules.failures import FailureKind
from bot.storage.engine.database import Connection, Database
from bot.storage.remixes import jobs
from bot.use_cases.ports import Clock, JobListener
from bot.use_cases.remixes.endings import fail_job


async def expire_jobs(database: Database, clock: Clock, listener: JobListener) -> int:
    """Returns how many."""
    expired = await database.transaction(_expire, clock)
    for job_id in expired:
        listener.job_changed(job_id)
    return len(expired)


def _expire(connection: Connection, clock: Clock) -> list[int]:
    now = clock()
    expired = jobs.expired(connection, now)
    for job in expired:
        fail_job(connection, job, FailureKind.QUEUE_EXPIRED, now)
    return [job.id for job in expired]
