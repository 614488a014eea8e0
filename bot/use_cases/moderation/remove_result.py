"""Removes a result, or a member's last ones: the pictures are forgotten, and their messages are to be deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.cases import CaseKind
from bot.rules.job_states import FINAL, JobState
from bot.storage.engine.database import Connection
from bot.storage.moderation import cases, moderated_jobs
from bot.storage.moderation.cases import Case, NewCase
from bot.storage.remixes import jobs, results, retention
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.results import Post
from bot.use_cases.core import Core
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.case_about import case_about
from bot.use_cases.moderation.find_remix import NotModerated
from bot.use_cases.remixes.endings import end_removed

JOBS = "jobs"
"""In a purge's details: the numbers of the remixes, separated by spaces."""

_NOT_MADE = frozenset({JobState.FAILED, JobState.CANCELLED, JobState.OUTCOME_UNKNOWN})


@dataclass(frozen=True, slots=True)
class RemovedPost:
    """A message to delete."""

    job_id: int
    post: Post


@dataclass(frozen=True, slots=True)
class Removed:
    """The removed jobs and the messages to delete. `case` None: removed before, and only messages are left."""

    case: Case | None
    job_ids: Sequence[int]
    posts: Sequence[RemovedPost]

    @property
    def count(self) -> int:
        return len(self.job_ids)


@dataclass(frozen=True, slots=True)
class Purge:
    """Remove the newest `limit` results of a member, of those accepted `within` that time."""

    user_id: int
    limit: int
    within: timedelta | None = None


async def remove_result(core: Core, acting: Acting, job_id: int) -> Removed | NotModerated:
    """Commits first; the caller deletes the messages then. If Discord refuses that, call this again for the rest."""

    # In this order a crash leaves messages, and the same command deletes them. In the other order it would leave no
    # case, and pictures that are still kept.
    def remove(connection: Connection) -> Removed | NotModerated:
        job = jobs.find(connection, job_id)
        if job is None or job.guild_id != acting.guild_id:
            return NotModerated.NOT_FOUND
        posts = _undeleted_posts(connection, [job])
        if refused := _nothing_to_remove(job, posts):
            return refused
        case = None
        if job.removed_at is None:
            case = cases.add(connection, case_about(connection, acting, CaseKind.REMOVE, job), core.clock())
            _take_away(connection, job, core.clock())
        return Removed(case, [job_id], posts)

    removed = await core.database.transaction(remove)
    if isinstance(removed, Removed):
        _report(core, removed)
    return removed


async def purge_results(core: Core, acting: Acting, purge: Purge) -> Removed | None:
    """None: no result of the member is shown in this server, or about to be."""

    def remove_all(connection: Connection) -> Removed | None:
        guild_id, user_id, now = acting.guild_id, purge.user_id, core.clock()
        since = now - purge.within if purge.within is not None else None
        found = moderated_jobs.visible_of_member(connection, guild_id, user_id, purge.limit, since)
        if not found:
            return None
        posts, ids = _undeleted_posts(connection, found), [job.id for job in found]
        details = {JOBS: " ".join(map(str, ids))}
        new = NewCase(guild_id, CaseKind.PURGE, acting.actor_id, user_id, acting.reason, details=details)
        case = cases.add(connection, new, now)
        for job in found:
            _take_away(connection, job, now)
        return Removed(case, ids, posts)

    removed = await core.database.transaction(remove_all)
    if removed is not None:
        _report(core, removed)
    return removed


async def record_post_deleted(core: Core, gone: RemovedPost) -> None:
    """Call it once the message is gone from the channel."""
    message_id = gone.post.message_id
    await core.database.transaction(results.mark_message_deleted, gone.job_id, message_id, core.clock())


def _report(core: Core, removed: Removed) -> None:
    if removed.case is not None:
        core.news.case_added(removed.case)
    for job_id in removed.job_ids:
        core.news.job_changed(job_id)


def _take_away(connection: Connection, job: Job, now: datetime) -> None:
    """Whoever has the lease, or makes it, reads `removed_at` and ends the job themselves."""
    moderated_jobs.mark_removed(connection, job.id, now)
    if job.state is JobState.GENERATED and job.lease is None:
        end_removed(connection, job, now)
    elif job.state in FINAL:
        retention.forget_job(connection, job.id)


def _nothing_to_remove(job: Job, posts: Sequence[RemovedPost]) -> NotModerated | None:
    if posts:
        return None
    if job.removed_at is not None:
        return NotModerated.DONE_BEFORE
    if job.state is JobState.QUEUED:
        return NotModerated.WAITS
    return NotModerated.NOTHING_SHOWN if job.state in _NOT_MADE else None


def _undeleted_posts(connection: Connection, of: Sequence[Job]) -> list[RemovedPost]:
    return [
        RemovedPost(job.id, post)
        for job in of
        for post in results.posts_of(connection, job.id)
        if post.deleted_at is None
    ]
