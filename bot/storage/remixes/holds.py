"""Puts the whole queue on hold while Ideogram refuses all work, such as for a rejected key or an empty balance."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.failures import ProviderProblem
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables import queue

TRIAL_INTERVAL = timedelta(minutes=5)
"""How often one job is let through to find out whether Ideogram takes work again."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Why the queue is on hold, when the next job can try, and which job is trying."""

    problem: ProviderProblem
    next_trial_at: datetime
    trial_job_id: int | None

    def trial_is_due(self, now: datetime) -> bool:
        # A trial further away than the interval was set before the clock was set back, so it counts as due.
        return not now < self.next_trial_at <= now + TRIAL_INTERVAL


_READ = PreparedStatement(sa.select(queue.c.hold, queue.c.next_trial_at, queue.c.trial_job_id))


def read(connection: Connection) -> Hold | None:
    row = _READ.one(connection)
    return Hold(ProviderProblem(row.hold), row.next_trial_at, row.trial_job_id) if row.hold else None


def place(connection: Connection, problem: ProviderProblem, now: datetime) -> bool:
    """Put the queue on hold. True if it was not before."""
    was_on_hold = read(connection) is not None
    _write(connection, hold=problem, next_trial_at=now + TRIAL_INTERVAL, trial_job_id=None)
    return not was_on_hold


def start_trial(connection: Connection, job_id: int, now: datetime) -> None:
    _write(connection, next_trial_at=now + TRIAL_INTERVAL, trial_job_id=job_id)


def try_now(connection: Connection, now: datetime) -> None:
    """Let the next job try at once. For a start: the operator may have restarted because the problem is fixed."""
    if read(connection) is not None:
        _write(connection, next_trial_at=now, trial_job_id=None)


def lift(connection: Connection, only: ProviderProblem | None = None) -> bool:
    """End the hold; with `only`, end it only if that problem caused it. True if a hold ended."""
    hold = read(connection)
    is_over = hold is not None and only in (None, hold.problem)
    if is_over:
        _write(connection, hold=None, next_trial_at=None, trial_job_id=None)
    return is_over


def _write(connection: Connection, **values: object) -> None:
    connection.execute(sa.update(queue).values(values))
