"""The operator decides about a parked job: ask again, or write it off. Its author is told afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.parked_decisions import ParkedDecision
from bot.storage.engine.database import Connection, Database
from bot.storage.engine.migrations import migrate
from bot.storage.engine.process_lock import process_lock
from bot.storage.remixes import decisions, jobs, ledger, parked
from bot.storage.remixes.decisions import Decided
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.parked import Parked
from bot.use_cases.core import Core


class NotDecided(StrEnum):
    """Why nothing was changed. `ASKED_ANEW`: its author has asked for the same again by now, and that one waits."""

    NOT_PARKED = "not_parked"
    ASKED_ANEW = "asked_anew"
    PICTURE_GONE = "picture_gone"


@dataclass(frozen=True, slots=True)
class ParkedJobs:
    """The oldest of them, and how many there are."""

    shown: Sequence[Parked]
    count: int


@dataclass(frozen=True, slots=True)
class ToTell:
    """A decision that the job's author does not know of yet."""

    decided: Decided
    job: Job


class DecideParked:
    """For whoever runs the bot; who that is, the caller has checked."""

    def __init__(self, core: Core, *, queue_age: timedelta) -> None:
        self._core = core
        self._queue_age = queue_age

    async def parked(self, limit: int) -> ParkedJobs:
        return await self._core.database.transaction(list_parked, limit)

    async def run(self, job_id: int, decision: ParkedDecision, by: int) -> NotDecided | None:
        """None: done."""
        now, age = self._core.clock(), self._queue_age
        refused = await self._core.database.transaction(decide, job_id, decision, by=by, queue_age=age, now=now)
        if refused is None:
            self._core.news.job_changed(job_id)
        return refused

    async def untold(self) -> Sequence[ToTell]:
        return await self._core.database.transaction(_untold)

    async def told(self, decided: Decided) -> None:
        await self._core.database.transaction(decisions.mark_notified, decided.id, self._core.clock())


def list_parked(connection: Connection, limit: int) -> ParkedJobs:
    return ParkedJobs(parked.oldest(connection, limit), parked.count(connection))


def decide(
    connection: Connection,
    job_id: int,
    decision: ParkedDecision,
    *,
    by: int | None,
    queue_age: timedelta,
    now: datetime,
) -> NotDecided | None:
    """`by` is a Discord id, None on the command line. None: done."""
    job = jobs.find(connection, job_id)
    if job is None or job.state is not JobState.OUTCOME_UNKNOWN:
        return NotDecided.NOT_PARKED
    if decision is ParkedDecision.RETRIED:
        if refused := _cannot_retry(connection, job):
            return refused
        until = now + queue_age
        jobs.requeue(connection, job, "by the operator", due_at=now, queue_until=until, now=now)
        ledger.reserve_again(connection, job_id, now)
    else:
        jobs.fail(connection, job, FailureKind.OUTCOME_WRITTEN_OFF, now)
        end = ledger.settle_unresolved if decision is ParkedDecision.WRITTEN_OFF else ledger.release_all
        end(connection, job_id, now)
    decisions.add(connection, job_id, decision, by, now)
    return None


def decide_while_stopped(
    url: str, job_id: int, decision: ParkedDecision, queue_age: timedelta, now: datetime
) -> NotDecided | None:
    """For the command line. Raises DatabaseInUseError while a bot is running, and what `migrate` raises."""
    with process_lock(url):
        migrate(url)
        database = Database(url)
        try:
            return database.transaction_now(decide, job_id, decision, by=None, queue_age=queue_age, now=now)
        finally:
            database.close()


def _cannot_retry(connection: Connection, job: Job) -> NotDecided | None:
    if job.source_hash is None:
        return NotDecided.PICTURE_GONE
    if job.again_of is not None and jobs.find_active_repeat(connection, job.user_id, job.again_of):
        return NotDecided.ASKED_ANEW
    return None


def _untold(connection: Connection) -> list[ToTell]:
    return [ToTell(each, jobs.get(connection, each.job_id)) for each in decisions.find_unnotified(connection)]
