"""Before and after of one remix, for who sent the picture: nobody else ever sees it, not even who remixed it again."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum

from bot.storage.engine.blobs import BlobMissingError
from bot.storage.engine.database import Connection
from bot.storage.remixes import jobs, results
from bot.storage.remixes.jobs import Job
from bot.use_cases.core import Core
from bot.use_cases.ports import ResultPicture


@dataclass(frozen=True, slots=True)
class Comparison:
    """The source as it went to Ideogram, and the first image of the message."""

    job: Job
    source: bytes = field(repr=False)
    result: ResultPicture


class NoComparison(StrEnum):
    """Why there is none."""

    NOT_YOURS = "not_yours"
    GONE = "gone"


async def compare_pictures(core: Core, job_id: int, message_id: int, user_id: int) -> Comparison | NoComparison:
    """Only for the person who sent the source. GONE also where that message does not show that job."""

    def load(job: Job, first: results.Result | None) -> Comparison | NoComparison:
        if job.source_hash is None or first is None or first.hash is None:
            return NoComparison.GONE
        try:
            return Comparison(job, core.blobs.get(job.source_hash), ResultPicture(first, core.blobs.get(first.hash)))
        except (BlobMissingError, OSError):
            return NoComparison.GONE

    found = await core.database.transaction(_find, job_id, message_id)
    if found is None:
        return NoComparison.GONE
    job, first, sender = found
    if sender != user_id:
        return NoComparison.NOT_YOURS
    return await asyncio.to_thread(load, job, first)


def _find(connection: Connection, job_id: int, message_id: int) -> tuple[Job, results.Result | None, int | None] | None:
    """The job, the first of its pictures on that message, and who sent the source."""
    job = jobs.find(connection, job_id)
    shown = {post.message_id: post.positions for post in results.posts_of(connection, job_id)}.get(message_id)
    if job is None or shown is None or job.removed_at is not None:
        return None
    kept = [result for result in results.of_job(connection, job_id) if result.hash is not None]
    return job, next((result for result in kept if result.position in shown), None), _sender(connection, job)


def _sender(connection: Connection, job: Job) -> int | None:
    """Whose picture it is: who pressed Again, on whatever remix, sent none. None where that is no longer on record."""
    first: Job | None = job
    while first is not None and first.again_of is not None:
        first = jobs.find(connection, first.again_of)
    return first.user_id if first else None
