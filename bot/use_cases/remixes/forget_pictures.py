"""Deletes pictures that are no longer needed: old jobs stop naming theirs, and files that no job names go."""

import asyncio
from datetime import datetime, timedelta

import structlog

from bot.rules.failures import FailureKind
from bot.rules.retries import MAX_DELIVERY_TIME
from bot.storage.engine.database import Connection
from bot.storage.remixes import retention
from bot.storage.standing import policies
from bot.use_cases.core import Core
from bot.use_cases.remixes.endings import fail_job

_TOKENS_MATTER = timedelta(days=1)
_WRITTEN_BUT_NOT_YET_NAMED = timedelta(hours=1)
_AT_ONCE = 500

log = structlog.get_logger(__name__)


async def forget_pictures(core: Core, keep: timedelta) -> int:
    """Of each server after as long as it wants, at most `keep`. Returns how many files were deleted.

    Run from time to time; stopping half-way loses nothing.
    """
    await core.database.transaction(_unname_old, keep, core.clock())
    written_before = core.clock() - _WRITTEN_BUT_NOT_YET_NAMED
    old = await asyncio.to_thread(lambda: list(core.blobs.names_older_than(written_before)))
    deleted = 0
    for start in range(0, len(old), _AT_ONCE):
        unneeded = await core.database.transaction(retention.unreferenced, old[start : start + _AT_ONCE])
        deleted += await asyncio.to_thread(core.blobs.delete_all, unneeded, written_before)
    if deleted:
        log.info("deleted pictures that are no longer needed", files=deleted)
    return deleted


def _unname_old(connection: Connection, keep: timedelta, now: datetime) -> None:
    retention.forget_reply_tokens(connection, now - _TOKENS_MATTER)
    retention.forget_old_links(connection, now - MAX_DELIVERY_TIME)
    _unname_before(connection, now - keep, now)
    for guild_id, days in policies.servers_with_retention(connection):
        if timedelta(days=days) < keep:
            _unname_before(connection, now - timedelta(days=days), now, guild_id)


def _unname_before(connection: Connection, before: datetime, now: datetime, guild_id: int | None = None) -> None:
    for job in retention.find_undelivered(connection, before, guild_id):
        fail_job(connection, job, FailureKind.RESULT_EXPIRED, now)
    retention.forget_sources(connection, before, guild_id)
    retention.forget_results(connection, before, guild_id)
