"""Reads what waits for a review: for moderators, and for its author, who alone sees it until it is posted."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.rules.gate import decide_hand_over
from bot.rules.refusals import Refused
from bot.storage.engine.database import Connection
from bot.storage.matters.matters import Matter
from bot.storage.remixes import jobs, results
from bot.storage.remixes.jobs import Job
from bot.storage.review import in_review
from bot.use_cases.core import Core
from bot.use_cases.remixes.gate_facts import ANY_SERVER, read_standing


@dataclass(frozen=True, slots=True)
class Reviewed:
    """`job`: the first of its set. `pictures`: of all that is decided together, while it waits; in their order.

    A picture that cannot be read is left out.
    """

    job: Job
    pictures: Sequence[bytes] = field(default=(), repr=False)


async def read_review(core: Core, matter: Matter, *, with_pictures: bool = True) -> Reviewed | None:
    """None: what it is about is gone. Raises BlobsAwayError."""

    def find(connection: Connection) -> tuple[Job, Sequence[str]] | None:
        job = jobs.find(connection, matter.subject)
        if job is None:
            return None
        return job, _hashes(
            connection, in_review.together_with(connection, job)
        ) if matter.is_open and with_pictures else ()

    found = await core.database.read(find)
    if found is None:
        return None
    job, hashes = found
    return Reviewed(job, await core.blobs.in_thread(core.blobs.find_all, hashes))


async def look_at_own(core: Core, job_id: int, user_id: int) -> Reviewed | Refused | None:
    """None: it is not theirs, or does not wait for a review. Refused: they are blocked.

    What they have in hand then cannot be taken back, but nobody else sees it.
    """

    def find(connection: Connection) -> tuple[Job, Sequence[str]] | Refused | None:
        job = jobs.find(connection, job_id)
        waiting = in_review.together_with(connection, job) if job is not None and job.user_id == user_id else ()
        if job is None or not waiting:
            return None
        standing = read_standing(connection, job.guild_id, user_id, job.channel_ids, ANY_SERVER)
        refused = decide_hand_over(standing, removed=job.removed_at is not None, now=core.clock())
        return refused or (waiting[0], _hashes(connection, waiting))

    found = await core.database.read(find)
    if found is None or isinstance(found, Refused):
        return found
    job, hashes = found
    return Reviewed(job, await core.blobs.in_thread(core.blobs.find_all, hashes))


def _hashes(connection: Connection, waiting: Sequence[Job]) -> list[str]:
    found = [result.hash for job in waiting for result in results.of_job(connection, job.id)]
    return [name for name in found if name is not None]
