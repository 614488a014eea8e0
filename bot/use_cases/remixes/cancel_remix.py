"""A person takes a waiting remix back. Nothing has been spent."""

from enum import StrEnum

from bot.rules.job_states import JobState
from bot.storage.engine.database import Connection, Database
from bot.storage.remixes import jobs
from bot.use_cases.ports import Clock, JobListener
from bot.use_cases.remixes.endings import try_cancel


class CancelOutcome(StrEnum):
    """`TOO_LATE`: it is being made or over. `NOT_YOURS` also where there is no such job."""

    CANCELLED = "cancelled"
    TOO_LATE = "too_late"
    NOT_YOURS = "not_yours"


class CancelRemix:
    """Asks for no lease: a job that is claimed and not begun can be cancelled too."""

    def __init__(self, database: Database, *, clock: Clock, listener: JobListener) -> None:
        self._database = database
        self._clock = clock
        self._listener = listener

    async def run(self, job_id: int, user_id: int) -> CancelOutcome:
        outcome = await self._database.transaction(self._cancel, job_id, user_id)
        if outcome is CancelOutcome.CANCELLED:
            self._listener.job_changed(job_id)
        return outcome

    def _cancel(self, connection: Connection, job_id: int, user_id: int) -> CancelOutcome:
        job = jobs.find(connection, job_id)
        if job is None or job.user_id != user_id:
            return CancelOutcome.NOT_YOURS
        if try_cancel(connection, job_id, "by its person", self._clock()):
            return CancelOutcome.CANCELLED
        return CancelOutcome.CANCELLED if job.state is JobState.CANCELLED else CancelOutcome.TOO_LATE
