"""What a moderator does from an entry of the log channel: hide a remix, take it down, block its author for a while."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.rules.cases import CaseKind
from bot.storage import cases, job_marks, jobs, member_blocks, results, retention
from bot.storage.cases import Case, NewCase
from bot.storage.database import Connection, Database
from bot.storage.jobs import Job
from bot.storage.member_blocks import BlockedMember
from bot.use_cases.interfaces import CaseListener, Clock


@dataclass(frozen=True, slots=True)
class _Acting:
    """Who acts on which remix. That they may, the caller has checked."""

    job: Job
    by: int

    def case(self, connection: Connection, kind: CaseKind, **more: object) -> NewCase:
        """With a link to the first message that shows the remix."""
        job, posts = self.job, results.posts_of(connection, self.job.id)
        values = {"channel_id": posts[0].channel_id, "message_id": posts[0].message_id} if posts else {}
        return NewCase(job.guild_id, kind, self.by, job.user_id, job_id=job.id, **{**values, **more})  # type: ignore[arg-type]  # names of NewCase


class LogActions:
    """Each is one transaction with its case. None: it was so before."""

    def __init__(self, database: Database, *, clock: Clock, listener: CaseListener) -> None:
        self._database = database
        self._clock = clock
        self._listener = listener

    async def find(self, job_id: int, guild_id: int) -> Job | None:
        """Job numbers count over all servers: one of another server is as good as none."""
        job = await self._database.transaction(jobs.find, job_id)
        return job if job is not None and job.guild_id == guild_id else None

    async def hide(self, job: Job, by: int) -> Case | None:
        return await self._run(self._hide, _Acting(job, by))

    async def remove(self, job: Job, by: int) -> Case | None:
        """Its pictures are forgotten; the messages are the caller's."""
        return await self._run(self._remove, _Acting(job, by))

    async def block(self, job: Job, hours: int, by: int) -> Case | None:
        """Its author, in its server; in the place of a block that is there."""
        return await self._run(lambda connection, acting: self._block(connection, acting, hours), _Acting(job, by))

    async def _run(self, action: "Callable[[Connection, _Acting], Case | None]", acting: _Acting) -> Case | None:
        case = await self._database.transaction(action, acting)
        if case is not None:
            self._listener.case_added(case)
        return case

    def _hide(self, connection: Connection, acting: _Acting) -> Case | None:
        if not job_marks.hide(connection, acting.job.id):
            return None
        return cases.add(connection, acting.case(connection, CaseKind.HIDE), self._clock())

    def _remove(self, connection: Connection, acting: _Acting) -> Case | None:
        now = self._clock()
        if not job_marks.remove(connection, acting.job.id, now):
            return None
        retention.forget_job(connection, acting.job.id)
        return cases.add(connection, acting.case(connection, CaseKind.REMOVE), now)

    def _block(self, connection: Connection, acting: _Acting, hours: int) -> Case:
        now, job = self._clock(), acting.job
        until = now + timedelta(hours=hours)
        case = cases.add(connection, acting.case(connection, CaseKind.BLOCK, until=until), now)
        blocked = BlockedMember(job.guild_id, job.user_id, case.number, now, until, None)
        member_blocks.put(connection, blocked)
        return case
