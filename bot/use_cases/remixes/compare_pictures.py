"""Loads the source and the result of a remix, for the member who sent the source and for nobody else."""

from dataclasses import dataclass, field
from enum import StrEnum

from bot.storage.engine.database import Connection
from bot.storage.remixes import families, jobs, results
from bot.storage.remixes.jobs import Job
from bot.use_cases.core import Core
from bot.use_cases.ports import ResultPicture


@dataclass(frozen=True, slots=True)
class Comparison:
    """The source as it was sent to Ideogram, and the first result on the message."""

    job: Job
    source: bytes = field(repr=False)
    result: ResultPicture


class NoComparison(StrEnum):
    """`NOT_YOURS`: another member sent the source. `GONE`: a picture is no longer kept."""

    NOT_YOURS = "not_yours"
    GONE = "gone"


async def compare_pictures(core: Core, job_id: int, message_id: int, user_id: int) -> Comparison | NoComparison:
    """`GONE` also if that message does not show that job. Raises BlobsAwayError."""

    def load(job: Job, first: results.Result | None) -> Comparison | NoComparison:
        if job.source_hash is None or first is None or first.hash is None:
            return NoComparison.GONE
        source, result = core.blobs.find(job.source_hash), core.blobs.find(first.hash)
        if source is None or result is None:
            return NoComparison.GONE
        return Comparison(job, source, ResultPicture(first, result))

    found = await core.database.read(_find, job_id, message_id)
    if found is None:
        return NoComparison.GONE
    job, first, sender = found
    if sender != user_id:
        return NoComparison.NOT_YOURS
    return await core.blobs.in_thread(load, job, first)


def _find(connection: Connection, job_id: int, message_id: int) -> tuple[Job, results.Result | None, int | None] | None:
    """Returns the job, its first result on that message, and the id of the member who sent the source."""
    job = jobs.find(connection, job_id)
    shown = {post.message_id: post.positions for post in results.posts_of(connection, job_id)}.get(message_id)
    if job is None or shown is None or job.removed_at is not None:
        return None
    kept = [result for result in results.of_job(connection, job_id) if result.hash is not None]
    first = next((result for result in kept if result.position in shown), None)
    return job, first, families.owner_of(connection, job)
