"""Finds the remix that a moderator means: by its number, or by a message that shows it."""

from dataclasses import dataclass
from enum import StrEnum

from bot.storage.engine.database import Connection
from bot.storage.moderation import moderated_jobs
from bot.storage.remixes import jobs
from bot.storage.remixes.jobs import Job
from bot.use_cases.core import Core


@dataclass(frozen=True, slots=True)
class RemixReference:
    """One of the two."""

    job_id: int | None = None
    message_id: int | None = None


class NotModerated(StrEnum):
    """Why nothing was changed.

    `WAITS`: it is not begun, so it is cancelled, not removed. `NOTHING_SHOWN`: no message shows it and none will.
    `NOT_YET`: it is being posted just now. `PICTURES_GONE`: they are no longer kept, so the card cannot be made anew.
    `DONE_BEFORE`: it is so already. `TOO_LATE`: it does not wait any more.
    """

    NOT_FOUND = "not_found"
    WAITS = "waits"
    NOTHING_SHOWN = "nothing_shown"
    NOT_YET = "not_yet"
    PICTURES_GONE = "pictures_gone"
    DONE_BEFORE = "done_before"
    TOO_LATE = "too_late"


class FindResult:
    """Job numbers count over all servers: one of another server is as good as none."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def run(self, guild_id: int, reference: RemixReference) -> Job | None:
        return await self._core.database.transaction(self._find, guild_id, reference)

    def _find(self, connection: Connection, guild_id: int, reference: RemixReference) -> Job | None:
        job = None
        if reference.message_id is not None:
            job = moderated_jobs.find_by_message(connection, reference.message_id)
        elif reference.job_id is not None:
            job = jobs.find(connection, reference.job_id)
        return job if job is not None and job.guild_id == guild_id else None
