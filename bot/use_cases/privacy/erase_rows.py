"""Empties the rows of a person or a server in small transactions. Each step can be repeated after a crash."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.rules.erasures import ErasureKind
from bot.rules.job_states import JobState
from bot.rules.removals import Removal
from bot.storage.consent import picture_requests
from bot.storage.drafts import drafts
from bot.storage.engine.database import Connection
from bot.storage.matters import reports, sealed
from bot.storage.privacy import erased_rows
from bot.storage.privacy.erasures import Erasure
from bot.storage.remixes import jobs, strikes
from bot.storage.remixes.jobs import Job
from bot.use_cases.appeals.end_appeals import erase_appeals
from bot.use_cases.remixes.endings import end_removed, try_cancel
from bot.use_cases.removal.end_reports import end_gone

JOBS_AT_ONCE = 20
REFUSALS_AT_ONCE = 500


@dataclass(slots=True)
class ErasedSome:
    """What one transaction did. `last`: the last job; None if there was none.

    `pictures`: files that may be unneeded now. `cancelled`: jobs whose authors read on their private replies.
    """

    last: int | None = None
    jobs: int = 0
    pictures: list[str] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)


def erase_some(connection: Connection, erasure: Erasure, now: datetime) -> ErasedSome:
    """Erase the next jobs, together with what others made from the person's pictures."""
    done = ErasedSome()
    for job in erased_rows.next_jobs(connection, erasure, JOBS_AT_ONCE):
        _erase(connection, job, erasure, now, done)
        for other in _made_from(connection, erasure, job):
            _erase(connection, other, erasure, now, done)
        done.last = job.id
    return done


def erase_records(connection: Connection, erasure: Erasure, now: datetime) -> bool:
    """Delete some of what is not about jobs. True: there is more."""
    if erasure.kind is ErasureKind.SERVER:
        erased_rows.delete_server_rows(connection, erasure.subject_id)
        return False
    strikes.forget_pictures_of(connection, erasure.subject_id)
    picture_requests.delete_of_person(connection, erasure.subject_id)
    drafts.forget_of_person(connection, erasure.subject_id)
    erase_appeals(connection, erasure.subject_id, now)
    reports.forget_reporter(connection, erasure.subject_id, now)
    return erased_rows.delete_refusals(connection, erasure.subject_id, REFUSALS_AT_ONCE) == REFUSALS_AT_ONCE


def _made_from(connection: Connection, erasure: Erasure, job: Job) -> Sequence[Job]:
    # Nobody goes on from a remix in another server, so a server has all of them among its own jobs.
    return erased_rows.made_from(connection, job) if erasure.kind is ErasureKind.PERSON else ()


def _erase(connection: Connection, job: Job, erasure: Erasure, now: datetime, done: ErasedSome) -> None:
    removal = Removal.AUTHOR if job.user_id == erasure.subject_id else Removal.OWNER
    erased_rows.claim_job(connection, job.id, erasure, removal, now)
    sealed.keep_if_illegal(connection, job.id, now)
    end_gone(connection, job.id, removal, now)
    if job.state is JobState.QUEUED and try_cancel(connection, job.id, "erased", now):
        done.cancelled.append(job.id)
    elif job.state is JobState.GENERATING or (job.state is JobState.GENERATED and job.lease is not None):
        # Whoever works on it reads `removed_at` and ends it without showing anything. Then it is erased.
        return
    elif job.state in {JobState.GENERATED, JobState.IN_REVIEW}:
        end_removed(connection, jobs.get(connection, job.id), now)
    if sealed.is_pending(connection, job.id):
        # The operator's file gets its prompt and its messages too. It is sealed in a moment, and erased then.
        return
    done.jobs += 1
    done.pictures += erased_rows.empty_job(connection, job, now)
    if job.id not in done.cancelled:
        erased_rows.forget_token(connection, job.id)
