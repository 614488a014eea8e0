"""Lets authors cancel their own remix while it waits, which costs nothing."""

from enum import StrEnum

from bot.rules.job_states import JobState
from bot.storage.engine.database import Connection
from bot.storage.remixes import jobs
from bot.use_cases.core import Core
from bot.use_cases.remixes.endings import try_cancel


class CancelOutcome(StrEnum):
    """`TOO_LATE`: it is being generated or has ended. `NOT_YOURS` also if there is no such job."""

    CANCELLED = "cancelled"
    TOO_LATE = "too_late"
    NOT_YOURS = "not_yours"


async def cancel_remix(core: Core, job_id: int, user_id: int) -> CancelOutcome:
    # No lease is needed. The worker claims jobs ahead of free slots, and until the paid call they can be cancelled.

    def cancel(connection: Connection) -> CancelOutcome:
        job = jobs.find(connection, job_id)
        if job is None or job.user_id != user_id:
            return CancelOutcome.NOT_YOURS
        if try_cancel(connection, job_id, "by its person", core.clock()):
            return CancelOutcome.CANCELLED
        return CancelOutcome.CANCELLED if job.state is JobState.CANCELLED else CancelOutcome.TOO_LATE

    outcome = await core.database.transaction(cancel)
    if outcome is CancelOutcome.CANCELLED:
        core.news.job_changed(job_id)
    return outcome
