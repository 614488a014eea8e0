"""What has to be done from time to time: let too old jobs go, forget pictures and refusals that are not needed."""

import asyncio
from datetime import timedelta

import structlog

from bot.storage.engine.blobs import BlobStore
from bot.storage.engine.database import Database, DatabaseUnavailableError
from bot.use_cases.ports import Clock, JobListener
from bot.use_cases.remixes.expire_jobs import expire_jobs
from bot.use_cases.remixes.forget_pictures import forget_pictures
from bot.use_cases.server_log.forget_refusals import forget_refusals

_EXPIRE_EVERY_S = 15.0
_FORGET_EVERY = 240
"""Rounds of expiring: one hour."""

log = structlog.get_logger(__name__)


class Housekeeping:
    """Runs until it is cancelled."""

    def __init__(
        self, database: Database, blobs: BlobStore, *, keep: timedelta, clock: Clock, listener: JobListener
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._keep = keep
        self._clock = clock
        self._listener = listener

    async def run(self) -> None:
        rounds = 0
        while True:
            await self.once(forget=rounds % _FORGET_EVERY == 0)
            rounds += 1
            await asyncio.sleep(_EXPIRE_EVERY_S)

    async def once(self, *, forget: bool) -> None:
        try:
            await expire_jobs(self._database, self._clock, self._listener)
            if forget:
                await forget_pictures(self._database, self._blobs, self._keep, self._clock)
                await forget_refusals(self._database, self._clock)
        except (DatabaseUnavailableError, OSError) as error:
            log.error("housekeeping did not work; will try again", reason=str(error))
        except Exception:  # the next round may work
            log.exception("housekeeping ran into something that nobody planned for")
