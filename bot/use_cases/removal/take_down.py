"""Takes results down in the caller's transaction. Their messages are deleted after the commit, by change_posts.py."""

from collections.abc import Callable, Iterable
from datetime import datetime

from bot.rules.job_states import FINAL, JobState
from bot.rules.removals import Removal
from bot.storage.engine.database import Connection
from bot.storage.matters import sealed
from bot.storage.remixes import families, jobs, post_changes, retention
from bot.storage.remixes.jobs import Job
from bot.use_cases.remixes.endings import end_removed, end_unmade
from bot.use_cases.removal.end_reports import end_gone

NOT_MADE = frozenset({JobState.FAILED, JobState.CANCELLED, JobState.OUTCOME_UNKNOWN})
_OVER = frozenset({JobState.FAILED, JobState.CANCELLED})


def take_down(
    connection: Connection, found: Iterable[Job], removal_of: Callable[[Job], Removal], now: datetime
) -> list[Job]:
    """What waits ends uncharged, what is being made is never shown, and pictures that were shown are forgotten.

    Returns those that were shown, or would have been, as they were before.
    """
    taken = []
    for job in found:
        if job.removed_at is None and job.state not in NOT_MADE:
            taken.append(job)
        sealed.keep_if_illegal(connection, job.id, now)
        # A first remix that failed is marked too: Again asks whether the first one is removed.
        if job.state not in _OVER or job.root_id is None:
            families.mark_removed(connection, job.id, removal_of(job), now)
        _end(connection, jobs.get(connection, job.id), now)
        end_gone(connection, job.id, removal_of(job), now)
        post_changes.mark_due(connection, job.id, now)
    return taken


def _end(connection: Connection, job: Job, now: datetime) -> None:
    """Whoever has the lease, or makes it, reads `removed_at` and ends the job themselves."""
    if job.state is JobState.QUEUED:
        end_unmade(connection, job, job.removal, now)
    elif job.state in {JobState.GENERATED, JobState.IN_REVIEW} and job.lease is None:
        end_removed(connection, job, now)
    elif job.state in FINAL or job.state is JobState.OUTCOME_UNKNOWN:
        retention.forget_job(connection, job.id)
