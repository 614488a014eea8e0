"""Moderators look at their server's queue, take a waiting remix out of it, pause it and let it go on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.rules.cases import CaseKind
from bot.rules.job_states import JobState
from bot.storage.engine.database import Connection
from bot.storage.moderation import cases, moderated_jobs
from bot.storage.moderation.cases import Case, NewCase
from bot.storage.remixes import holds, jobs, queue_facts
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.queue_facts import Place
from bot.storage.standing import pauses, servers
from bot.storage.standing.pauses import Pause
from bot.use_cases.core import Core
from bot.use_cases.moderation.case_book import Acting
from bot.use_cases.moderation.find_result import NotModerated
from bot.use_cases.moderation.hide_result import case_about
from bot.use_cases.remixes.endings import try_cancel

_SHOWN = 5

BEFORE = "before"
"""In a pause's details: the reason of the pause that it took the place of."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A remix of the server that waits or is being made, and where it stands among those of all servers."""

    job: Job
    place: Place


@dataclass(frozen=True, slots=True)
class ServerQueue:
    """What runs and waits in one server: the first of each, and how many. `held`: the provider takes no work."""

    running: Sequence[Waiting]
    running_count: int
    waiting: Sequence[Waiting]
    waiting_count: int
    pause: Pause | None
    operator_pause: Pause | None
    held: bool


class ModerateQueue:
    def __init__(self, core: Core, *, slots: int) -> None:
        self._core = core
        self._slots = slots

    async def read(self, guild_id: int) -> ServerQueue:
        return await self._core.database.transaction(self._read, guild_id)

    def _read(self, connection: Connection, guild_id: int) -> ServerQueue:
        queued = moderated_jobs.queued_of_server(connection, guild_id)
        running = moderated_jobs.running_of_server(connection, guild_id)
        return ServerQueue(
            running=self._placed(connection, running[:_SHOWN]),
            running_count=len(running),
            waiting=self._placed(connection, queued[:_SHOWN]),
            waiting_count=len(queued),
            pause=servers.read_pause(connection, guild_id),
            operator_pause=pauses.read(connection),
            held=holds.read(connection) is not None,
        )

    def _placed(self, connection: Connection, found: Sequence[Job]) -> list[Waiting]:
        now = self._core.clock()
        return [Waiting(job, queue_facts.place(connection, job, self._slots, now)) for job in found]

    async def cancel(self, acting: Acting, job_id: int) -> Case | NotModerated:
        """Nothing was spent, and it does not count against its author."""
        case = await self._core.database.transaction(self._cancel, acting, job_id)
        if isinstance(case, Case):
            self._core.news.case_added(case)
            self._core.news.job_changed(job_id)
        return case

    def _cancel(self, connection: Connection, acting: Acting, job_id: int) -> Case | NotModerated:
        job, now = jobs.find(connection, job_id), self._core.clock()
        if job is None or job.guild_id != acting.guild_id:
            return NotModerated.NOT_FOUND
        if not try_cancel(connection, job_id, "by a moderator", now):
            return NotModerated.DONE_BEFORE if job.state is JobState.CANCELLED else NotModerated.TOO_LATE
        return cases.add(connection, case_about(connection, acting, CaseKind.CANCEL, job), now)

    async def pause(self, acting: Acting, reason: str) -> Case:
        """Pause the server, or give another reason. Whoever waits there reads it at once."""
        case = await self._core.database.transaction(self._pause, acting, reason)
        await self._tell(case)
        return case

    def _pause(self, connection: Connection, acting: Acting, reason: str) -> Case:
        now, guild_id = self._core.clock(), acting.guild_id
        before = servers.read_pause(connection, guild_id)
        servers.pause(connection, guild_id, Pause(reason, now, acting.actor_id))
        details = {BEFORE: before.reason} if before is not None else {}
        new = NewCase(guild_id, CaseKind.PAUSE, acting.actor_id, reason=reason, details=details)
        return cases.add(connection, new, now)

    async def resume(self, acting: Acting) -> Case | None:
        """None: it was not paused."""
        case = await self._core.database.transaction(self._resume, acting)
        if case is not None:
            await self._tell(case)
        return case

    def _resume(self, connection: Connection, acting: Acting) -> Case | None:
        return resume_server(connection, acting, self._core.clock())

    async def _tell(self, case: Case) -> None:
        """Who waits reads it; the worker looks for work again."""
        self._core.news.case_added(case)
        await tell_waiting(self._core, case.guild_id)


async def tell_waiting(core: Core, guild_id: int) -> None:
    """Something has changed for everybody who waits in that server."""
    for job in await core.database.transaction(moderated_jobs.queued_of_server, guild_id):
        core.news.job_changed(job.id)


def resume_server(connection: Connection, acting: Acting, now: datetime) -> Case | None:
    """None: it was not paused."""
    if not servers.resume(connection, acting.guild_id):
        return None
    return cases.add(connection, NewCase(acting.guild_id, CaseKind.RESUME, acting.actor_id, reason=acting.reason), now)
