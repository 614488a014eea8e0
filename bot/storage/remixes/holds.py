"""The hold of the whole queue: the key was rejected or the balance is empty, and no job is to blame."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.failures import ProviderProblem
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables import queue

TRIAL_INTERVAL = timedelta(minutes=5)
"""How often one job is let through to try whether the trouble is over."""

_READ = PreparedStatement(sa.select(queue.c.hold, queue.c.next_trial_at, queue.c.trial_job_id))


@dataclass(frozen=True, slots=True)
class Hold:
    """Why the queue waits, when the next job may try, and which one is trying."""

    trouble: ProviderProblem
    next_trial_at: datetime
    trial_job_id: int | None

    def trial_is_due(self, now: datetime) -> bool:
        """It is time, or the clock was set back: the next trial is never further away than that."""
        return not now < self.next_trial_at <= now + TRIAL_INTERVAL


def read(connection: Connection) -> Hold | None:
    row = _READ.one(connection)
    return Hold(ProviderProblem(row.hold), row.next_trial_at, row.trial_job_id) if row.hold else None


def place(connection: Connection, trouble: ProviderProblem, now: datetime) -> bool:
    """Hold the queue. True if it was not held before."""
    was_held = read(connection) is not None
    _write(connection, hold=trouble, next_trial_at=now + TRIAL_INTERVAL, trial_job_id=None)
    return not was_held


def start_trial(connection: Connection, job_id: int, now: datetime) -> None:
    _write(connection, next_trial_at=now + TRIAL_INTERVAL, trial_job_id=job_id)


def try_now(connection: Connection, now: datetime) -> None:
    """At a start the operator may have mended it: the next job tries without waiting."""
    if read(connection) is not None:
        _write(connection, next_trial_at=now, trial_job_id=None)


def lift(connection: Connection, only: ProviderProblem | None = None) -> bool:
    """End the hold, or only one for that trouble. True if there was such a one."""
    hold = read(connection)
    is_over = hold is not None and only in (None, hold.trouble)
    if is_over:
        _write(connection, hold=None, next_trial_at=None, trial_job_id=None)
    return is_over


def _write(connection: Connection, **values: object) -> None:
    connection.execute(sa.update(queue).values(values))
