"""Moderators take results down: one, or a member's last ones. What is not posted yet is removed before it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.rules.cases import CaseKind
from bot.rules.job_states import FINAL, JobState
from bot.storage.engine.database import Connection
from bot.storage.moderation import cases, moderated_jobs
from bot.storage.moderation.cases import Case, NewCase
from bot.storage.remixes import jobs, results, retention
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.results import Post
from bot.use_cases.core import Core
from bot.use_cases.moderation.case_book import Acting
from bot.use_cases.moderation.find_result import NotModerated
from bot.use_cases.moderation.hide_result import case_about
from bot.use_cases.remixes.endings import end_removed

JOBS = "jobs"
"""In a purge's details: the numbers of the remixes."""

_NOT_MADE = frozenset({JobState.FAILED, JobState.CANCELLED, JobState.OUTCOME_UNKNOWN})


@dataclass(frozen=True, slots=True)
class RemovedPost:
    """A message that is to be deleted."""

    job_id: int
    post: Post


@dataclass(frozen=True, slots=True)
class Removed:
    """`case` None: it was removed before, and only messages are left to be deleted. `count` of remixes."""

    case: Case | None
    count: int
    posts: Sequence[RemovedPost]


@dataclass(frozen=True, slots=True)
class Purge:
    """Whose results go: at most so many, the newest, of those accepted within that time."""

    user_id: int
    limit: int
    within: timedelta | None = None


class RemoveResult:
    """First the commit: the pictures are forgotten. Then the messages go, and what Discord refuses can be repeated."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def remove(self, acting: Acting, job_id: int) -> Removed | NotModerated:
        removed = await self._core.database.transaction(self._remove, acting, job_id)
        if isinstance(removed, Removed):
            self._tell(removed, [job_id])
        return removed

    def _remove(self, connection: Connection, acting: Acting, job_id: int) -> Removed | NotModerated:
        job = jobs.find(connection, job_id)
        if job is None or job.guild_id != acting.guild_id:
            return NotModerated.NOT_FOUND
        posts = _posts(connection, [job])
        if refused := _nothing_to_remove(job, posts):
            return refused
        case = None
        if job.removed_at is None:
            new = case_about(connection, acting, CaseKind.REMOVE, job)
            case = cases.add(connection, new, self._core.clock())
            self._take_away(connection, job)
        return Removed(case, 1, posts)

    def _take_away(self, connection: Connection, job: Job) -> None:
        """Of one that is in somebody's hands, or being made, the holder sees to the rest."""
        now = self._core.clock()
        moderated_jobs.mark_removed(connection, job.id, now)
        if job.state is JobState.GENERATED and job.lease is None:
            end_removed(connection, job, now)
        elif job.state in FINAL:
            retention.forget_job(connection, job.id)

    async def purge(self, acting: Acting, purge: Purge) -> Removed | None:
        """None: the member has no result there that is shown, or about to be."""
        removed, ids = await self._core.database.transaction(self._purge, acting, purge)
        if removed is not None:
            self._tell(removed, ids)
        return removed

    def _purge(self, connection: Connection, acting: Acting, purge: Purge) -> tuple[Removed | None, Sequence[int]]:
        guild_id, user_id = acting.guild_id, purge.user_id
        since = self._core.clock() - purge.within if purge.within is not None else None
        found = moderated_jobs.visible_of_member(connection, guild_id, user_id, purge.limit, since)
        posts, ids = _posts(connection, found), [job.id for job in found]
        if not found:
            return None, ids
        numbers = " ".join(map(str, ids))
        new = NewCase(guild_id, CaseKind.PURGE, acting.actor_id, user_id, acting.reason, details={JOBS: numbers})
        case = cases.add(connection, new, self._core.clock())
        for job in found:
            self._take_away(connection, job)
        return Removed(case, len(found), posts), ids

    async def deleted(self, gone: RemovedPost) -> None:
        """The message is gone from the channel."""
        post = gone.post
        await self._core.database.transaction(
            results.mark_message_deleted, gone.job_id, post.message_id, self._core.clock()
        )

    def _tell(self, removed: Removed, ids: Sequence[int]) -> None:
        if removed.case is not None:
            self._core.news.case_added(removed.case)
        for job_id in ids:
            self._core.news.job_changed(job_id)


def _nothing_to_remove(job: Job, posts: Sequence[RemovedPost]) -> NotModerated | None:
    if posts:
        return None
    if job.removed_at is not None:
        return NotModerated.DONE_BEFORE
    if job.state is JobState.QUEUED:
        return NotModerated.WAITS
    return NotModerated.NOTHING_SHOWN if job.state in _NOT_MADE else None


def _posts(connection: Connection, of: Sequence[Job]) -> list[RemovedPost]:
    """The messages that are still there."""
    return [
        RemovedPost(job.id, post)
        for job in of
        for post in results.posts_of(connection, job.id)
        if post.deleted_at is None
    ]
