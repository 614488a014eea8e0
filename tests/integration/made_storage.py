"""A clock that the test moves, and rows for a real database."""

from datetime import UTC, datetime, timedelta
from itertools import count

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.job_states import JobState
from bot.rules.prices import Speed
from bot.rules.remix_request import RemixRequest
from bot.storage.engine.database import Database
from bot.storage.engine.databases.sqlite import SqliteWriter
from bot.storage.engine.tables.remixes import job_events
from bot.storage.remixes import claims, jobs, ledger, results
from bot.storage.remixes.jobs import Job, NewJob
from bot.storage.remixes.results import Result

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
LEASE = "this-start"
_interactions = count(1_000)


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


def new_job(user_id: int = 1, **changes: object) -> NewJob:
    values: dict[str, object] = {
        "interaction_id": next(_interactions),
        "guild_id": 11,
        "channel_id": 22,
        "user_id": user_id,
        "reply_token": "token",
        "request": RemixRequest("a fox", speed=Speed.TURBO),
        "spoiler": False,
        "source_hash": "ab" * 32,
        "source_format": "png",
        "queue_until": START + timedelta(hours=1),
    }
    return NewJob(**{**values, **changes})


def add_job(connection: Connection, user_id: int = 1, now: datetime = START, **changes: object) -> Job:
    """Adds a job like an accepted remix: with its reservation and cooldown."""
    job = jobs.add(connection, new_job(user_id, **changes), now)
    ledger.reserve(connection, job, 30_000, now)
    ledger.start_cooldown(connection, job, now)
    return job


def walk(connection: Connection, job: Job, *states: JobState, now: datetime = START, **changes: object) -> Job:
    """Move a job through these states. The last move also writes `changes`."""
    for step, target in enumerate(states):
        source = jobs.get(connection, job.id).state
        kept = _with_move(target, now) | (changes if step == len(states) - 1 else {})
        jobs.move(connection, job.id, (source, target), cause="test", now=now, changes=kept)
    return jobs.get(connection, job.id)


def _with_move(target: JobState, now: datetime) -> dict[str, object]:
    match target:
        case JobState.GENERATING:
            return {"generating_at": now, "lease": LEASE, "attempts": 1}
        case JobState.GENERATED:
            return {"generated_at": now, "due_at": now}
        case JobState.QUEUED:
            return {"due_at": now}
    return {}


def add_result(connection: Connection, job: Job, hash_: str | None, url: str | None = None) -> None:
    results.add(connection, job.id, [Result(0, safe=True, seed=1, resolution="2048x2048", url=url)])
    if hash_ is not None:
        results.mark_stored(connection, job.id, 0, hash_)


def claim(connection: Connection, limit: int = 1, now: datetime = START) -> list[Job]:
    return claims.claim_queued(connection, LEASE, limit, now)


def events(connection: Connection, job_id: int) -> list[tuple[str | None, str, str]]:
    """The old state, new state and cause of each recorded event of a job, in order."""
    columns = (job_events.c.from_state, job_events.c.to_state, job_events.c.cause)
    rows = connection.execute(sa.select(*columns).where(job_events.c.job_id == job_id).order_by(job_events.c.id))
    return [(row.from_state, row.to_state, row.cause) for row in rows]


def sqlite_engine(database: Database) -> sa.Engine:
    """To listen to what its writer does."""
    writer = database._runner
    assert isinstance(writer, SqliteWriter)
    return writer.engine
