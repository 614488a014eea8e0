"""How a job ends without a result: the move, money, cooldown, quota, links and pictures, in one transaction."""

from datetime import datetime

from bot.rules.failures import FailureKind, is_uncounted, was_charged
from bot.rules.job_states import JobState
from bot.rules.prices import COST_REPORTED
from bot.storage.engine.database import Connection
from bot.storage.remixes import jobs, ledger, quotas, results, retention
from bot.storage.remixes.jobs import Job


def fail_job(connection: Connection, job: Job, kind: FailureKind, now: datetime, *, cost_micros: int = 0) -> None:
    """End the job from the state it was read in, at that cost. What surely was charged must have been settled before.

    Raises StaleMoveError if the job is elsewhere by now.
    """
    jobs.fail(connection, job, kind, now)
    results.forget_links(connection, job.id)
    if cost_micros:
        jobs.record_event(connection, jobs.get(connection, job.id), COST_REPORTED, now)
        ledger.settle(connection, job.id, cost_micros, now)
    elif not was_charged(kind):
        ledger.release(connection, job.id, now)
    if is_uncounted(kind):
        uncount(connection, job.id)


def end_removed(connection: Connection, job: Job, now: datetime) -> None:
    """A moderator has removed a result that is paid and not shown: the money stays on record, the pictures go."""
    fail_job(connection, job, FailureKind.REMOVED, now)
    retention.forget_job(connection, job.id)


def try_cancel(connection: Connection, job_id: int, cause: str, now: datetime) -> bool:
    """Take a waiting job back, uncharged. False: it does not wait any more."""
    cancel = (JobState.QUEUED, JobState.CANCELLED)
    if not jobs.try_move(connection, job_id, cancel, cause=cause, now=now):
        return False
    ledger.release(connection, job_id, now)
    uncount(connection, job_id)
    return True


def uncount(connection: Connection, job_id: int) -> None:
    """The remix does not count against its author: neither in the cooldown nor in a quota."""
    ledger.clear_cooldown(connection, job_id)
    quotas.uncount(connection, job_id)
