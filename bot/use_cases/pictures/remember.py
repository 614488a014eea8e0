"""Lists the pictures of remixes that moderators removed, and sources that Ideogram refused as unsafe."""

from collections.abc import Sequence
from datetime import datetime

from bot.rules.origins import Origin
from bot.rules.picture_memory import ListedBecause, PictureMemory
from bot.storage.engine.database import Connection
from bot.storage.moderation.cases import Case
from bot.storage.remixes import families, jobs, results
from bot.storage.remixes.jobs import Job
from bot.storage.standing import pictures, policies
from bot.storage.standing.pictures import NewPicture


def pictures_of(connection: Connection, removed: Sequence[Job]) -> Sequence[NewPicture]:
    """The results of these jobs, and the sources that nothing else of their families shows.

    A member's photo is not listed because of what somebody else made of it: that is removed alone. Ask before the jobs
    are forgotten.
    """
    found: dict[str, NewPicture] = {}
    gone = {job.id for job in removed}
    for job in removed:
        for result in results.of_job(connection, job.id):
            if result.hash is not None:
                found.setdefault(result.hash, NewPicture(result.hash, ListedBecause.REMOVED_RESULT, job.id))
        if job.source_hash is not None and not _is_shown_elsewhere(connection, job, gone):
            found.setdefault(job.source_hash, NewPicture(job.source_hash, ListedBecause.REMOVED_SOURCE, job.id))
    return list(found.values())


def _is_shown_elsewhere(connection: Connection, job: Job, gone: set[int]) -> bool:
    if job.origin is Origin.RESULT and job.parent_id is not None and job.parent_id not in gone:
        parent = jobs.find(connection, job.parent_id)
        return parent is not None and parent.removed_at is None
    return any(
        other.source_hash == job.source_hash and other.id not in gone and other.removed_at is None
        for other in families.family_of(connection, job)
    )


def remember_removed(connection: Connection, case: Case, found: Sequence[NewPicture], now: datetime) -> bool:
    """Whether anything was listed."""
    if not found or policies.read(connection, case.guild_id).memory is PictureMemory.OFF:
        return False
    pictures.add(connection, case.guild_id, found, case.number, now)
    return True


def remember_unsafe(connection: Connection, job: Job, now: datetime) -> None:
    """Its source, before it is let go."""
    if job.source_hash is not None and policies.read(connection, job.guild_id).memory is not PictureMemory.OFF:
        new = NewPicture(job.source_hash, ListedBecause.UNSAFE, job.id)
        pictures.add(connection, job.guild_id, [new], None, now)
