"""How a job ends without a result: the move, money, cooldown, quota and links, in one transaction."""

from datetime import datetime

from bot.rules.failures import FailureKind, gives_cooldown_back, was_charged
from bot.rules.prices import COST_TOLD
from bot.storage import jobs, ledger, quotas, results
from bot.storage.database import Connection
from bot.storage.jobs import Job


def fail_job(connection: Connection, job: Job, kind: FailureKind, now: datetime, *, cost_micros: int = 0) -> None:
    """End the job from the state it was read in, at that cost. What surely was charged must have been settled before.

    Raises StaleMoveError if the job is elsewhere by now.
    """
    jobs.fail(connection, job, kind, now)
    results.forget_links(connection, job.id)
    if cost_micros:
        jobs.note(connection, jobs.get(connection, job.id), COST_TOLD, now)
        ledger.settle(connection, job.id, cost_micros, now)
    elif not was_charged(kind):
        ledger.release(connection, job.id, now)
    if gives_cooldown_back(kind):
        give_turn_back(connection, job.id)


def give_turn_back(connection: Connection, job_id: int) -> None:
    """The remix does not count against its author: neither in the cooldown nor in a quota."""
    ledger.give_cooldown_back(connection, job_id)
    quotas.give_back(connection, job_id)
