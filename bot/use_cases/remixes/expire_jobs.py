"""Ends queued jobs that waited too long. Nothing was charged."""

from bot.rules.failures import FailureKind
from bot.storage.engine.database import Connection
from bot.storage.remixes import jobs
from bot.use_cases.core import Core
from bot.use_cases.remixes.endings import fail_job


async def expire_jobs(core: Core) -> int:
    """Returns how many."""

    def expire(connection: Connection) -> list[int]:
        now = core.clock()
        expired = jobs.expired(connection, now)
        for job in expired:
            fail_job(connection, job, FailureKind.QUEUE_EXPIRED, now)
        return [job.id for job in expired]

    expired = await core.database.transaction(expire)
    for job_id in expired:
        core.news.job_changed(job_id)
    return len(expired)
