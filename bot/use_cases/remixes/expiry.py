"""Ends queued jobs that waited too long, and deletes pictures that are no longer needed."""

from datetime import datetime, timedelta
from itertools import islice

import structlog

from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.retries import MAX_DELIVERY_TIME
from bot.rules.strikes import KEPT_FOR
from bot.storage.drafts import drafts
from bot.storage.engine.database import Connection
from bot.storage.moderation import evidence
from bot.storage.remixes import jobs, retention, strikes
from bot.storage.remixes.jobs import Job
from bot.storage.review.held_back import COLLECTED, is_held_back, was_collected
from bot.storage.standing import policies
from bot.use_cases.core import Core
from bot.use_cases.remixes.endings import fail_job, finish_delivery

_KEEP_TOKENS = timedelta(days=1)
# A picture is stored before the transaction that names it, so a new file without a job is no leftover.
MIN_FILE_AGE = timedelta(hours=1)
# That transaction follows at once, and its file has a new time. So a picture that was let go need not wait as long.
_MIN_UNNEEDED_AGE = timedelta(minutes=2)
# The times of files lag behind the clock by up to a tick of the kernel, 10 ms.
_FILE_TIMES_LAG = timedelta(seconds=1)
# Names that go into one query.
_FILES_AT_ONCE = 500

log = structlog.get_logger(__name__)


async def expire_jobs(core: Core) -> int:
    """Ends queued jobs that waited too long; nothing was charged. Returns how many."""

    def expire(connection: Connection) -> list[int]:
        now = core.clock()
        expired = jobs.expired(connection, now)
        for job in expired:
            fail_job(connection, job, FailureKind.QUEUE_EXPIRED, now)
        return [job.id for job in expired]

    expired = await core.database.transaction(expire)
    for job_id in expired:
        core.news.job_changed(job_id)
    return len(expired)


async def delete_unneeded(core: Core) -> int:
    """Deletes the sources of jobs that ended a few minutes ago with nothing delivered. Returns how many files."""
    before = core.clock() - _MIN_UNNEEDED_AGE
    listed = await core.database.read_long(retention.unneeded, before - core.blobs.clock_error, _FILES_AT_ONCE)
    if not listed:
        return 0
    names = await core.database.read_long(retention.unreferenced, listed)
    deleted = await core.blobs.in_thread(core.blobs.delete_all, names, before)
    # A file that is younger was stored again since. It stays listed, because its new job may be refused.
    gone = await core.blobs.in_thread(core.blobs.missing, names)
    await core.database.transaction(retention.unlist_unneeded, [*gone, *(set(listed) - set(names))])
    return deleted


async def forget_drafts(core: Core) -> int:
    """Deletes what was kept for a second try, once nobody can make it. Returns how many."""
    return await core.database.transaction(drafts.forget_old, core.clock())


async def forget_strikes(core: Core) -> int:
    """Deletes what no longer counts against anybody. Returns how many rows."""
    return await core.database.transaction(strikes.forget, core.clock() - KEPT_FOR)


async def forget_pictures(core: Core, keep: timedelta, running_since: datetime | None = None) -> int:
    """Deletes pictures that are older than `keep`, or than their server's own, shorter limit. Returns how many files.

    First the jobs stop naming their pictures, then files that no job names are deleted. A crash in between loses
    nothing: the next run finds the same files.
    """
    await core.database.transaction(_forget_old, keep, core.clock())
    deleted = await sweep_pictures(core, running_since)
    if deleted:
        log.info("deleted pictures that are no longer needed", files=deleted)
    return deleted


async def sweep_pictures(core: Core, running_since: datetime | None = None) -> int:
    """Deletes the files that no job names, but for new ones. Returns how many.

    `running_since`: a file from before is not about to be named, however new it is, because its process has ended.
    """
    written_before = core.clock() - MIN_FILE_AGE
    if running_since is not None:
        written_before = max(written_before, running_since - _FILE_TIMES_LAG)
    old = core.blobs.names_older_than(written_before)
    deleted = 0
    while some := await core.blobs.in_thread(lambda: list(islice(old, _FILES_AT_ONCE))):
        unneeded = await core.database.read_long(retention.unreferenced, some)
        deleted += await core.blobs.in_thread(core.blobs.delete_all, unneeded, written_before)
    return deleted


def _forget_old(connection: Connection, keep: timedelta, now: datetime) -> None:
    retention.forget_reply_tokens(connection, now - _KEEP_TOKENS)
    retention.forget_old_links(connection, now - MAX_DELIVERY_TIME)
    evidence.forget_ended(connection, now)
    _forget_older_than(connection, now - keep, now)
    for guild_id, days in policies.servers_with_retention(connection):
        if timedelta(days=days) < keep:
            _forget_older_than(connection, now - timedelta(days=days), now, guild_id)


def _forget_older_than(connection: Connection, before: datetime, now: datetime, guild_id: int | None = None) -> None:
    for job in retention.find_undelivered(connection, before, guild_id):
        _end_undelivered(connection, job, now)
    retention.forget_sources(connection, before, guild_id)
    retention.forget_results(connection, before, guild_id)


def _end_undelivered(connection: Connection, job: Job, now: datetime) -> None:
    if job.state is JobState.IN_REVIEW:
        fail_job(connection, job, FailureKind.REVIEW_EXPIRED, now)
    elif is_held_back(job) and was_collected(connection, job.id):
        # It was only kept so that it could still be posted.
        finish_delivery(connection, job, COLLECTED, now, in_log=False)
        retention.forget_job(connection, job.id)
    else:
        fail_job(connection, job, FailureKind.RESULT_EXPIRED, now)
