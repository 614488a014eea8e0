"""Finds the remix that a moderator refers to, by its number or by a message that shows it."""

from dataclasses import dataclass
from enum import StrEnum

from bot.storage.engine.database import Connection
from bot.storage.moderation import moderated_jobs
from bot.storage.remixes import families, jobs
from bot.storage.remixes.jobs import Job
from bot.use_cases.core import Core


@dataclass(frozen=True, slots=True)
class RemixReference:
    """Exactly one of the two is set."""

    job_id: int | None = None
    message_id: int | None = None


class NotModerated(StrEnum):
    """Why a moderator's action on a remix changed nothing.

    `WAITS`: it has not started, so it can be cancelled, not removed. `NOTHING_SHOWN`: no message shows it, and none
    will. `DONE_BEFORE`: somebody did the same before. `TOO_LATE`: it is no longer waiting. `REPORTED`: as illegal, so
    only the card of that report shows it again.
    """

    NOT_FOUND = "not_found"
    WAITS = "waits"
    NOTHING_SHOWN = "nothing_shown"
    DONE_BEFORE = "done_before"
    TOO_LATE = "too_late"
    REPORTED = "reported"


async def find_owner(core: Core, job: Job) -> int | None:
    """The member whose picture it was made from. None: that is not known any more."""
    return await core.database.read(families.owner_of, job)


async def find_remix(core: Core, guild_id: int, reference: RemixReference) -> Job | None:
    """Finds it in this server only. Job numbers count over all servers, so anyone can guess one of another server."""

    def find(connection: Connection) -> Job | None:
        job = None
        if reference.message_id is not None:
            job = moderated_jobs.find_by_message(connection, reference.message_id)
        elif reference.job_id is not None:
            job = jobs.find(connection, reference.job_id)
        return job if job is not None and job.guild_id == guild_id else None

    return await core.database.read(find)
