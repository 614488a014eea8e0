"""Parks a job whose paid call has an unknown outcome, or queues it once more if the operator chose that."""

from datetime import datetime

import structlog

from bot.rules.job_states import JobState
from bot.rules.unknown_outcomes import RETRY_ONCE_AFTER, should_retry
from bot.storage.engine.database import Connection
from bot.storage.remixes import jobs, ledger, parked
from bot.storage.remixes.jobs import Job
from bot.storage.sets import sets
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.remixes.endings import give_back, uncount

log = structlog.get_logger(__name__)


def record_unknown_outcome(
    connection: Connection, job: Job, cause: str, now: datetime, rules: OperatorRules, *, by_restart: bool = False
) -> datetime | None:
    """Park the job or queue it once more. Returns when it is due again. None: it is parked.

    `by_restart`: this process or its machine was stopped, which no picture can cause.
    """
    asked_before = parked.was_asked_again(connection, job.id)
    if not should_retry(rules.on_unknown_outcome, asked_again_before=asked_before):
        park(connection, job, cause, now, by_restart=by_restart)
        return None
    _mark_unknown(connection, job, cause, now)
    due_at = now + RETRY_ONCE_AFTER
    queue_until = now + rules.queue_age
    jobs.requeue(connection, job, "asked again once", due_at=due_at, queue_until=queue_until, now=now)
    ledger.reserve_again(connection, job.id, now)
    log.error("a paid call has an unknown outcome: asking again once", job=job.id, cause=cause)
    return due_at


def park(connection: Connection, job: Job, cause: str, now: datetime, *, by_restart: bool = False) -> None:
    """Leave the job to the operator. Its money stays reserved. The first ones do not count against their author."""
    _mark_unknown(connection, job, cause, now)
    sets.make_due(connection, job, now)
    if by_restart:
        uncount(connection, job.id)
    else:
        give_back(connection, job, now)
    log.error("a paid call has an unknown outcome: parked", job=job.id, cause=cause)


def _mark_unknown(connection: Connection, job: Job, cause: str, now: datetime) -> None:
    jobs.move(connection, job.id, (JobState.GENERATING, JobState.OUTCOME_UNKNOWN), cause=cause, now=now)
    ledger.mark_unresolved(connection, job.id)
