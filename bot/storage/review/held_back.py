"""Finds results that are made and that only their author has, because a word in their prompt is refused since."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.job_states import JobState
from bot.storage.engine.tables.remixes import job_events, jobs
from bot.storage.remixes.jobs import Job, get
from bot.storage.sets import sets

COLLECTED = "collected"


def is_held_back(job: Job) -> bool:
    """Whether moderators can still have it posted. Its author may have fetched it meanwhile, or be doing so now."""
    is_kept = job.state is JobState.GENERATED and job.due_at is None and job.removed_at is None
    return is_kept and job.review_word is not None and job.approved_at is None


def note(connection: Connection, job_ids: Sequence[int]) -> None:
    """Record that all of them are held back for the reason that the first has. What moderators decided is void."""
    why = get(connection, job_ids[0])
    values = {"words_version": why.words_version, "review_word": why.review_word, "review": why.review}
    connection.execute(sa.update(jobs).where(jobs.c.id.in_(job_ids)).values(**values, approved_at=None))


def together_with(connection: Connection, job: Job) -> Sequence[Job]:
    """Those that would be posted together: the job itself and those of its set, in their order there."""
    return [each for each in sets.with_siblings(connection, job) if is_held_back(each)]


def was_collected(connection: Connection, job_id: int) -> bool:
    """Whether its author has fetched it, so that nothing is lost once it is no longer kept."""
    this = (job_events.c.job_id == job_id, job_events.c.cause == COLLECTED)
    return connection.execute(sa.select(job_events.c.id).where(*this).limit(1)).first() is not None
