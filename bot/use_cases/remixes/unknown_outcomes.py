"""Parks a job whose paid call has an unknown outcome, or queues it once more if the operator chose that."""

from datetime import datetime

import structlog

from bot.rules.job_states import JobState
from bot.rules.unknown_outcomes import RETRY_ONCE_AFTER, should_retry
from bot.storage.engine.database import Connection
from bot.storage.remixes import jobs, ledger, parked
from bot.storage.remixes.jobs import Job
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.remixes.endings import uncount

log = structlog.get_logger(__name__)


def record_unknown_outcome(
    connection: Connection, job: Job, cause: str, now: datetime, rules: OperatorRules
) -> datetime | None:
    """Park the job or queue it once more. Returns when it is due again. None: it is parked."""
    asked_before = parked.was_asked_again(connection, job.id)
    if not should_retry(rules.on_unknown_outcome, asked_again_before=asked_before):
        park(connection, job, cause, now)
        return None
    _mark_unknown(connection, job, cause, now)
    due_at = now + RETRY_ONCE_AFTER
    queue_until = now + rules.queue_age
    jobs.requeue(connection, job, "asked again once", due_at=due_at, queue_until=queue_until, now=now)
    ledger.reserve_again(connection, job.id, now)
    log.error("a paid call has an unknown outcome: asking again once", job=job.id, cause=cause)
    return due_at


def park(connection: Connection, job: Job, cause: str, now: datetime) -> None:
    """Leave the job to the operator. Its money stays reserved, and it does not count against its author meanwhile."""
    _mark_unknown(connection, job, cause, now)
    uncount(connection, job.id)
    log.error("a paid call has an unknown outcome: parked", job=job.id, cause=cause)


def _mark_unknown(connection: Connection, job: Job, cause: str, now: datetime) -> None:
    jobs.move(connection, job.id, (JobState.GENERATING, JobState.OUTCOME_UNKNOWN), cause=cause, now=now)
    ledger.mark_unresolved(connection, job.id)
