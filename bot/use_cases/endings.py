"""How a job ends without a result: the move, the money and the cooldown, in one transaction."""

from datetime import datetime

from bot.rules.failures import FailureKind, gives_cooldown_back, was_charged
from bot.storage import jobs, ledger
from bot.storage.database import Connection
from bot.storage.jobs import Job


def fail_job(connection: Connection, job: Job, kind: FailureKind, now: datetime, *, cost_micros: int = 0) -> None:
    """End the job from the state it was read in, at that cost. What surely was charged must have been settled before.

    Raises StaleMoveError if the job is elsewhere by now.
    """
    jobs.fail(connection, job, kind, now)
    if cost_micros:
        ledger.settle(connection, job.id, cost_micros, now)
    elif not was_charged(kind):
        ledger.release(connection, job.id, now)
    if gives_cooldown_back(kind):
        ledger.give_cooldown_back(connection, job.id)
