"""Runs periodic work: ends jobs that have waited too long, and deletes pictures and refusals no longer needed."""

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta

import structlog

from bot.storage.engine.backups.newest import newest_entry, remember_newest
from bot.storage.engine.blobs.store import BlobsAwayError
from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.engine.databases.process import OnlyProcess
from bot.use_cases.appeals.end_appeals import expire_appeals, forget_appeals
from bot.use_cases.core import Core
from bot.use_cases.moderation.oversight.member_points import forget_points
from bot.use_cases.privacy.forget_prompts import forget_prompts
from bot.use_cases.purges.second_moderator import forget_requests
from bot.use_cases.remixes.expiry import delete_unneeded, expire_jobs, forget_drafts, forget_pictures, forget_strikes
from bot.use_cases.remixes.fetch_results import reconsider_hold
from bot.use_cases.reporting.expire_reports import expire_reports, forget_matters
from bot.use_cases.review.decide_review import expire_reviews
from bot.use_cases.server_log.forget_refusals import forget_refusals

_EXPIRE_EVERY_S = 15.0
_FORGET_EVERY_ROUNDS = 240
"""One hour: deleting is not urgent, and it lists every picture file."""

log = structlog.get_logger(__name__)


class Housekeeping:
    def __init__(self, core: Core, *, keep_pictures: timedelta, keep_prompts: timedelta = timedelta(days=90)) -> None:
        self._core = core
        self._keep_prompts = keep_prompts
        self._keep_pictures = keep_pictures
        # Only for the first round: after the clock is set back, new files would look older than this process.
        # With several processes, others may be about to name files that are older.
        self._running_since: datetime | None = core.clock() if isinstance(core.process, OnlyProcess) else None

    async def run(self) -> None:
        """Runs until it is cancelled."""
        rounds = 0
        while True:
            await self.once(forget=rounds % _FORGET_EVERY_ROUNDS == 0)
            rounds += 1
            await asyncio.sleep(_EXPIRE_EVERY_S)

    async def once(self, *, forget: bool) -> None:
        try:
            await expire_jobs(self._core)
            await expire_appeals(self._core)
            await expire_reviews(self._core)
            await forget_drafts(self._core)
            await self._tidy(delete_unneeded(self._core))
            await reconsider_hold(self._core)
            await self._remember_newest()
            if forget:
                await forget_strikes(self._core)
                await forget_points(self._core)
                await forget_requests(self._core)
                await self._tidy(forget_pictures(self._core, self._keep_pictures, self._running_since))
                self._running_since = None
                await forget_refusals(self._core)
                await forget_appeals(self._core)
                await expire_reports(self._core)
                await forget_matters(self._core)
                await forget_prompts(self._core, self._keep_prompts)
        except (DatabaseUnavailableError, OSError) as error:
            log.error("housekeeping failed; will try again", reason=str(error))
        except Exception:  # jobs must go on expiring even if, for example, one picture cannot be deleted
            log.exception("housekeeping failed because of an unexpected error; will try again")
            self._core.news.loop_did("a round of housekeeping", well=False)
        else:
            self._core.news.loop_did("a round of housekeeping", well=True)

    async def _tidy(self, work: Coroutine[None, None, int]) -> None:
        """While the pictures are away, everything else goes on."""
        try:
            await work
        except BlobsAwayError as error:
            log.warning("pictures that are no longer needed stay for now; will try again", reason=str(error))

    async def _remember_newest(self) -> None:
        newest = await self._core.database.read_long(newest_entry)
        try:
            await asyncio.to_thread(remember_newest, self._core.database.url, newest)
        except OSError as error:
            # A full disk must not keep old pictures from being deleted.
            log.warning("the state of the database was not written down; will try again", reason=error.strerror)
