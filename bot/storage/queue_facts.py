"""What the gate and the private reply ask about the queue: how many wait, who is before whom, how long it takes."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.budgets import Period
from bot.rules.estimates import expected_at, running_until, typical_seconds
from bot.rules.job_states import JobState
from bot.rules.limits import Usage
from bot.rules.prices import Speed
from bot.storage import quotas
from bot.storage.jobs import Job
from bot.storage.ledger import cooldown_started_at
from bot.storage.tables import IS_WAITING, jobs

_MEASURED = 20

_COUNT = sa.select(sa.func.count()).select_from(jobs)
_WAITING = _COUNT.where(IS_WAITING)
_WAITING_OF_PERSON = _WAITING.where(jobs.c.user_id == sa.bindparam("user"))
_RUNNING = _WAITING.where(jobs.c.state == JobState.GENERATING)
_AHEAD = _COUNT.where(
    jobs.c.state == JobState.QUEUED,
    sa.tuple_(jobs.c.turn, jobs.c.id)
    < sa.tuple_(sa.bindparam("turn", type_=sa.BigInteger), sa.bindparam("job", type_=sa.BigInteger)),
)
_LAST_MEASURED = (
    sa.select(jobs.c.generating_at, jobs.c.generated_at)
    .where(jobs.c.speed == sa.bindparam("speed"), jobs.c.generated_at.is_not(None))
    .order_by(jobs.c.generated_at.desc())
    .limit(_MEASURED)
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a job stands: how many are before it in the queue, and when it will probably be done (aware UTC)."""

    ahead: int
    expected_at: datetime


def usage(connection: Connection, guild_id: int, user_id: int, now: datetime) -> Usage:
    """The facts for `rules.limits`."""
    return Usage(
        last_accepted_at=cooldown_started_at(connection, guild_id, user_id),
        waiting_of_person=connection.scalar(_WAITING_OF_PERSON, {"user": user_id}) or 0,
        waiting=connection.scalar(_WAITING) or 0,
        today=quotas.count(connection, guild_id, user_id, Period.DAY, now),
        this_month=quotas.count(connection, guild_id, user_id, Period.MONTH, now),
        granted=quotas.granted(connection, guild_id, user_id, now),
    )


def anyone_queued(connection: Connection) -> bool:
    """Whether a job waits that could try the provider while the queue is held."""
    return connection.execute(sa.select(jobs.c.id).where(jobs.c.state == JobState.QUEUED).limit(1)).first() is not None


def place(connection: Connection, job: Job, slots: int, now: datetime) -> Place:
    """The place of a waiting job, with `slots` generations at once."""
    seconds = typical_seconds(job.speed, measured_seconds(connection, job.speed))
    if job.state is JobState.QUEUED:
        ahead, running = _ahead(connection, job), _running(connection)
        begin = max(now, job.due_at or now)
        return Place(ahead, expected_at(begin, ahead=ahead, running=running, slots=slots, seconds=seconds))
    return Place(0, running_until(job.generating_at or now, now, seconds))


def _ahead(connection: Connection, job: Job) -> int:
    return connection.scalar(_AHEAD, {"turn": job.turn, "job": job.id}) or 0


def _running(connection: Connection) -> int:
    return connection.scalar(_RUNNING) or 0


def measured_seconds(connection: Connection, speed: Speed) -> list[float]:
    """Seconds that the last generations of that speed took, newest first."""
    rows = connection.execute(_LAST_MEASURED, {"speed": speed}).all()
    return [(row.generated_at - row.generating_at).total_seconds() for row in rows if row.generating_at]
