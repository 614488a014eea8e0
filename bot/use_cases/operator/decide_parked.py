"""Lets the operator decide about a parked job: send it to Ideogram again, or write it off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeGuard

from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.origins import Origin
from bot.rules.parked_decisions import ParkedDecision
from bot.storage.engine.backups.stopped import opened_to_change
from bot.storage.engine.blobs.mark import newest_named, read_known, require_known
from bot.storage.engine.blobs.store import BlobStore
from bot.storage.engine.database import Connection
from bot.storage.remixes import decisions, families, jobs, ledger, parked, quotas
from bot.storage.remixes.decisions import Decided
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.parked import Parked
from bot.use_cases.core import Core
from bot.use_cases.remixes.endings import let_failed_source_go


class NotDecided(StrEnum):
    """Why nothing was changed. `REPEAT_WAITING`: the author pressed Again meanwhile, and that job is not finished.

    `TAKEN_DOWN`: nobody may see the result, so it would not be paid for.
    """

    NOT_PARKED = "not_parked"
    REPEAT_WAITING = "repeat_waiting"
    SOURCE_DELETED = "source_deleted"
    TAKEN_DOWN = "taken_down"


@dataclass(frozen=True, slots=True)
class ParkedJobs:
    """The oldest parked jobs, and how many there are."""

    shown: Sequence[Parked]
    count: int


@dataclass(frozen=True, slots=True)
class Unnotified:
    """A decision that the author of its job has not been notified of. `counted`: the job counts against them."""

    decided: Decided
    job: Job
    counted: bool


async def list_parked(core: Core, limit: int) -> ParkedJobs:
    return await core.database.read(read_parked, limit)


async def decide_parked(
    core: Core, job_id: int, decision: ParkedDecision, *, by: int, queue_age: timedelta
) -> NotDecided | None:
    """Returns None if it is done. `by` is a Discord id: the caller checks that it is an operator's."""
    job = await core.database.read(jobs.find, job_id)
    if _is_retry(job, decision) and await core.blobs.in_thread(_is_gone, core.blobs, job):
        return NotDecided.SOURCE_DELETED
    refused = await core.database.transaction(decide, job_id, decision, by=by, queue_age=queue_age, now=core.clock())
    if refused is None:
        core.news.job_changed(job_id)
    return refused


async def find_unnotified(core: Core) -> Sequence[Unnotified]:
    return await core.database.read(_find_unnotified)


async def mark_notified(core: Core, decided: Decided) -> None:
    await core.database.transaction(decisions.mark_notified, decided.id, core.clock())


def decide_by_command(
    url: str, pictures: BlobStore, job_id: int, decision: ParkedDecision, queue_age: timedelta, now: datetime
) -> NotDecided | None:
    """For the command line. On PostgreSQL the bot can run meanwhile, and tells the author soon.

    Raises NoDatabaseError, DatabaseInUseError while a bot runs on SQLite, OtherPicturesError, and what `migrate`
    raises.
    """
    with opened_to_change(url) as database:
        job = database.transaction_now(jobs.find, job_id)
        if _is_retry(job, decision):
            known, named = database.transaction_now(read_known), database.transaction_now(newest_named)
            require_known(known, named, pictures)
            if _is_gone(pictures, job):
                return NotDecided.SOURCE_DELETED
        return database.transaction_now(decide, job_id, decision, by=None, queue_age=queue_age, now=now)


def _is_retry(job: Job | None, decision: ParkedDecision) -> TypeGuard[Job]:
    return job is not None and job.state is JobState.OUTCOME_UNKNOWN and decision is ParkedDecision.RETRIED


def _is_gone(pictures: BlobStore, job: Job) -> bool:
    """Whether the store has lost the source. A store that does not answer has lost nothing: the remix waits for it."""
    try:
        return job.source_hash is not None and bool(pictures.missing([job.source_hash]))
    except OSError:
        return False


def read_parked(connection: Connection, limit: int) -> ParkedJobs:
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
    """Returns None if it is done. `by` is a Discord id, None on the command line."""
    job = jobs.find(connection, job_id)
    if job is None or job.state is not JobState.OUTCOME_UNKNOWN:
        return NotDecided.NOT_PARKED
    if decision is ParkedDecision.RETRIED:
        if refused := _cannot_retry(connection, job):
            return refused
        # The job has waited for the operator, not for a slot, so its age limit starts again.
        jobs.requeue(connection, job, "by the operator", due_at=now, queue_until=now + queue_age, now=now)
        ledger.reserve_again(connection, job_id, now)
    else:
        jobs.fail(connection, job, FailureKind.OUTCOME_WRITTEN_OFF, now)
        let_failed_source_go(connection, job, FailureKind.OUTCOME_WRITTEN_OFF, now)
        end = ledger.settle_unresolved if decision is ParkedDecision.WRITTEN_OFF else ledger.release_all
        end(connection, job_id, now)
    decisions.add(connection, job_id, decision, by, now)
    return None


def _cannot_retry(connection: Connection, job: Job) -> NotDecided | None:
    if job.source_hash is None:
        return NotDecided.SOURCE_DELETED
    if families.stopped_by(connection, job) is not None:
        return NotDecided.TAKEN_DOWN
    # The database allows one open repeat of a remix for each author: a second one would break a unique index.
    if job.origin is Origin.AGAIN and jobs.find_active_repeat(connection, job.user_id, job.parent_id):
        return NotDecided.REPEAT_WAITING
    return None


def _find_unnotified(connection: Connection) -> list[Unnotified]:
    return [
        Unnotified(each, jobs.get(connection, each.job_id), quotas.is_counted(connection, each.job_id))
        for each in decisions.find_unnotified(connection)
    ]
