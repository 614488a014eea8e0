"""A paid call without an answer: parked for the operator, or asked again once where the operator has chosen that."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.rules.job_states import JobState
from bot.rules.unknown_outcomes import RETRY_ONCE_AFTER, OnUnknownOutcome, should_retry
from bot.storage.engine.database import Connection
from bot.storage.remixes import jobs, ledger, parked
from bot.storage.remixes.jobs import Job
from bot.use_cases.remixes.endings import give_turn_back

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class UnknownOutcomes:
    """The operator's choice. `queue_age`: how long a job that is asked again may wait."""

    choice: OnUnknownOutcome
    queue_age: timedelta

    def record(self, connection: Connection, job: Job, cause: str, now: datetime) -> datetime | None:
        """Write down that nobody knows whether the job was made and billed. Returns when it is asked again, if it is.

        Parked, the money stays unresolved, and the person may go on: it counts neither in the cooldown nor in a quota.
        """
        again = should_retry(self.choice, asked_again_before=parked.was_asked_again(connection, job.id))
        jobs.move(connection, job.id, (JobState.GENERATING, JobState.OUTCOME_UNKNOWN), cause=cause, now=now)
        ledger.mark_unresolved(connection, job.id)
        if again:
            return self._ask_again(connection, job, now)
        give_turn_back(connection, job.id)
        log.error("nobody knows whether a job was made and billed: parked", job=job.id, cause=cause)
        return None

    def _ask_again(self, connection: Connection, job: Job, now: datetime) -> datetime:
        due_at = now + RETRY_ONCE_AFTER
        queue_until = now + self.queue_age
        jobs.requeue(connection, job, "asked again once", due_at=due_at, queue_until=queue_until, now=now)
        ledger.reserve_again(connection, job.id, now)
        log.error("nobody knows whether a job was made and billed: asked again once", job=job.id)
        return due_at


ALWAYS_PARKED = UnknownOutcomes(OnUnknownOutcome.PARK, timedelta())
