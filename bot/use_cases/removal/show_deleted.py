"""Shows moderators what an author deleted, as long as it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.storage.engine.blobs.store import BlobStore
from bot.storage.engine.database import Connection
from bot.storage.moderation import evidence
from bot.storage.moderation.cases import Case
from bot.storage.remixes import jobs
from bot.storage.remixes.jobs import Job
from bot.use_cases.core import Core

# Discord takes 10 attachments a message.
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class DeletedPicture:
    job_id: int
    position: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Deleted:
    """`pictures`: also those of other remixes of the same source picture that went with it, ten at most."""

    job: Job
    until: datetime
    pictures: Sequence[DeletedPicture]


async def read_deleted(core: Core, guild_id: int, job_id: int) -> Deleted | None:
    """None: there is no such remix in this server, or nothing of it is kept. Raises BlobsAwayError."""

    def find(connection: Connection) -> tuple[Job, datetime, Sequence[tuple[int, int, str]]] | None:
        job, now = jobs.find(connection, job_id), core.clock()
        until = evidence.kept_until(connection, job_id, now)
        if job is None or job.guild_id != guild_id or until is None:
            return None
        return job, until, evidence.hashes_of(connection, job.root, now, _SHOWN)

    found = await core.database.read(find)
    if found is None:
        return None
    job, until, hashes = found
    pictures = await core.blobs.in_thread(_load, core.blobs, hashes)
    return Deleted(job, until, pictures) if pictures else None


def _load(blobs: BlobStore, hashes: Sequence[tuple[int, int, str]]) -> list[DeletedPicture]:
    found = ((job_id, position, blobs.find(hash_)) for job_id, position, hash_ in hashes)
    return [DeletedPicture(job_id, position, data) for job_id, position, data in found if data is not None]


async def is_kept(core: Core, case: Case) -> bool:
    """Whether a result that the case is about was deleted by its author and can still be seen."""
    if case.job_id is None:
        return False
    until = await core.database.read(evidence.kept_until, case.job_id, core.clock())
    return until is not None
