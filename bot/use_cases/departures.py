"""Ends what waits for people and servers that are gone: nothing was charged, and nothing counts against anybody."""

from collections.abc import Callable, Collection
from datetime import datetime

import structlog

from bot.rules.appeals import Outcome
from bot.rules.cases import BY_RULE
from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.matters import MatterKind
from bot.rules.membership import Absent
from bot.rules.reports import ReportOutcome
from bot.storage.appeals import appeals
from bot.storage.engine.database import Connection, DatabaseUnavailableError
from bot.storage.matters import matters
from bot.storage.moderation import moderated_jobs
from bot.storage.remixes import jobs
from bot.storage.remixes.jobs import Job
from bot.use_cases.appeals.end_appeals import end_appeal
from bot.use_cases.author_facts import AuthorFacts
from bot.use_cases.core import Core
from bot.use_cases.purges.second_moderator import end_request
from bot.use_cases.remixes.endings import fail_job

log = structlog.get_logger(__name__)


class Departures:
    """Hears from Discord's events. What they miss is found when a job is about to be bought or posted.

    If the database is away, the error is logged: the jobs end when their turn comes.
    """

    def __init__(self, core: Core, authors: AuthorFacts) -> None:
        self._core = core
        self._authors = authors
        # Also of other processes: a worker has no events of its own.
        core.news.on_departure.append(self._note)
        core.news.on_return.append(authors.note_joined)

    def _note(self, guild_id: int, user_id: int | None) -> None:
        if user_id is None:
            self._authors.note_left(guild_id)
        else:
            self._authors.note_ban(guild_id, user_id)

    async def member_banned(self, guild_id: int, user_id: int) -> None:
        self._core.news.departed(guild_id, user_id)
        await self._end(guild_id, FailureKind.MEMBER_GONE, user_id)

    async def bot_removed(self, guild_id: int) -> None:
        self._core.news.departed(guild_id, None)
        await self._end(guild_id, FailureKind.BOT_GONE)

    def bot_joined(self, guild_id: int) -> None:
        self._core.news.returned(guild_id)

    async def find_left_servers(
        self, present: Collection[int], covers: Callable[[int], bool] = lambda _guild_id: True
    ) -> None:
        """After a (re)connect. `present`: the servers that Discord named, also those that are unavailable.

        `covers`: whether Discord would have named that server. It names those of other shards to others.
        """
        for guild_id in present:
            self._authors.note_joined(guild_id)
        try:
            waiting = await self._core.database.read_long(jobs.in_state, JobState.QUEUED)
            undecided = await self._core.database.read_long(matters.servers_with_open)
        except DatabaseUnavailableError as error:
            log.info("servers that the bot has left are looked for later", reason=str(error))
            return
        found = {**undecided, **{job.guild_id: job.user_id for job in waiting}}
        for guild_id, user_id in found.items():
            if guild_id in present or not covers(guild_id):
                continue
            # Asked, because the jobs of a server must not end for an incomplete list.
            if await self._authors.look_up(guild_id, user_id) is Absent.BOT:
                await self.bot_removed(guild_id)

    async def _end(self, guild_id: int, kind: FailureKind, user_id: int | None = None) -> None:
        def end(connection: Connection) -> list[Job]:
            now, queued = self._core.clock(), moderated_jobs.queued_of_server(connection, guild_id)
            ended = [job for job in queued if user_id in {None, job.user_id}]
            for job in ended:
                fail_job(connection, job, kind, now)
            if kind is FailureKind.BOT_GONE:
                _end_matters(connection, guild_id, now)
            return ended

        try:
            ended = await self._core.database.transaction(end)
        except DatabaseUnavailableError as error:
            log.warning("remixes end when their turn comes", reason=str(error), kind=kind)
            return
        for job in ended:
            self._core.news.job_changed(job.id)
        self._core.news.post_change_due()


def _end_matters(connection: Connection, guild_id: int, now: datetime) -> None:
    """Nobody can decide them. What is in review ends by its own time: it is paid for, and the bot may return."""
    for matter in matters.all_open_in_server(connection, guild_id):
        match matter.kind:
            case MatterKind.REPORT:
                matters.close(connection, matter.id, now, by=BY_RULE, outcome=ReportOutcome.EXPIRED)
            case MatterKind.APPEAL:
                appeal = appeals.find(connection, matter.subject)
                if appeal is not None:
                    end_appeal(connection, appeal, Outcome.OVER, now)
            case MatterKind.PURGE:
                end_request(connection, matter.subject, now)
            case MatterKind.REVIEW:
                pass
