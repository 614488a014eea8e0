"""Puts the whole queue on hold while Ideogram refuses all work, or while its results cannot be fetched."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.failures import ProviderProblem
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.remixes import queue

TRIAL_INTERVAL = timedelta(minutes=5)
"""How often one job is let through to find out whether Ideogram takes work again."""

_HOST_REFUSED = "host_refused"


@dataclass(frozen=True, slots=True)
class Hold:
    """Why the queue is on hold, when the next job can try, and which job is trying.

    `problem` None: results lie on `host`, which the operator has not listed. Each trial would be paid for and not
    delivered, so none is made before something sets `next_trial_at`.
    """

    problem: ProviderProblem | None
    next_trial_at: datetime | None
    trial_job_id: int | None
    host: str | None = None

    @property
    def is_for_host(self) -> bool:
        return self.problem is None

    def trial_is_due(self, now: datetime) -> bool:
        if self.next_trial_at is None:
            return False
        # A trial further away than the interval was set before the clock was set back, so it counts as due.
        return not now < self.next_trial_at <= now + TRIAL_INTERVAL


_READ = PreparedStatement(sa.select(queue.c.hold, queue.c.next_trial_at, queue.c.trial_job_id, queue.c.hold_host))


def read(connection: Connection) -> Hold | None:
    row = _READ.one(connection)
    if not row.hold:
        return None
    problem = None if row.hold == _HOST_REFUSED else ProviderProblem(row.hold)
    return Hold(problem, row.next_trial_at, row.trial_job_id, row.hold_host)


def place(connection: Connection, problem: ProviderProblem, now: datetime) -> bool:
    """Put the queue on hold. True if it was not before. A hold because of a host stays: nothing else can end it."""
    before = read(connection)
    if before is None or not before.is_for_host:
        _write(connection, hold=problem, next_trial_at=now + TRIAL_INTERVAL, trial_job_id=None)
    return before is None


def place_for_host(connection: Connection, job_id: int, host: str) -> bool:
    """Put the queue on hold, as a result of that job lies on that host. True if it was not on hold for a host before.

    The first host counts until it is listed, and a trial goes on until its own result is refused.
    """
    before = read(connection)
    held_before = before is not None and before.is_for_host
    if before is None or not held_before or before.trial_job_id == job_id:
        _write(connection, hold=_HOST_REFUSED, next_trial_at=None, trial_job_id=None, hold_host=host)
    return not held_before


def start_trial(connection: Connection, job_id: int, now: datetime) -> None:
    _write(connection, next_trial_at=now + TRIAL_INTERVAL, trial_job_id=job_id)


def try_now(connection: Connection, now: datetime) -> bool:
    """Let the next job try at once: the operator may have fixed the problem. True if the queue is on hold."""
    is_on_hold = read(connection) is not None
    if is_on_hold:
        _write(connection, next_trial_at=now, trial_job_id=None)
    return is_on_hold


def lift(connection: Connection, only: ProviderProblem | None = None) -> bool:
    """Ideogram takes work: end the hold; with `only`, only if that problem caused it. True if a hold ended."""
    hold = read(connection)
    if hold is None or hold.is_for_host or only not in (None, hold.problem):
        return False
    _end(connection)
    return True


def lift_for_host(connection: Connection, job_id: int, host: str, *, is_last: bool) -> bool:
    """A result of that job was fetched from that host. True if that ended the hold.

    `is_last`: so were all results of the job. If it is the trial, they may lie on another host, which is listed.
    """
    hold = read(connection)
    if hold is None or not hold.is_for_host:
        return False
    if hold.host != host and not (is_last and hold.trial_job_id == job_id):
        return False
    _end(connection)
    return True


def _end(connection: Connection) -> None:
    _write(connection, hold=None, next_trial_at=None, trial_job_id=None, hold_host=None)


def _write(connection: Connection, **values: object) -> None:
    connection.execute(sa.update(queue).values(values))
