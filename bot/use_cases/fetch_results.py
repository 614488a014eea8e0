"""What was paid is brought home: the bytes behind an answer's links, again and again within their day if need be."""

import asyncio

import structlog

from bot.ideogram.client import IdeogramClient
from bot.ideogram.errors import ResultFetchError
from bot.rules.failures import FailureKind
from bot.storage import jobs, results
from bot.storage.blobs import BlobStore
from bot.storage.database import Connection, Database
from bot.storage.jobs import Job
from bot.storage.results import Result
from bot.use_cases.endings import fail_job
from bot.use_cases.interfaces import Clock, JobListener
from bot.use_cases.surely import transaction_surely

log = structlog.get_logger(__name__)


class FetchResults:
    """Idempotent: what is here already is not fetched again."""

    def __init__(
        self, database: Database, blobs: BlobStore, ideogram: IdeogramClient, *, clock: Clock, listener: JobListener
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._ideogram = ideogram
        self._clock = clock
        self._listener = listener

    async def run(self, job: Job) -> bool:
        """True: all that can ever be had is here. False: some may be had later, or the job has failed by now."""
        answered = await self._database.transaction(results.of_job, job.id)
        missing = [result for result in answered if result.url is not None]
        complete = all([await self._fetch(job, result) for result in missing])
        if not complete:
            return False
        if await transaction_surely(self._database, self._fail_if_all_lost, job):
            self._listener.job_changed(job.id)
            return False
        return True

    async def _fetch(self, job: Job, result: Result) -> bool:
        """True: the bytes are here, or never will be."""
        try:
            data = await self._ideogram.fetch_image(result.url or "")
            stored = await asyncio.to_thread(self._blobs.put, data)
        except ResultFetchError as error:
            log.warning("a paid result could not be fetched", job=job.id, error=str(error), permanent=error.permanent)
            if error.permanent:
                await transaction_surely(self._database, results.lose, job.id, result.position)
            return error.permanent
        except OSError as error:
            log.error("a paid result could not be written to the disk", job=job.id, error=error.strerror)
            return False
        await transaction_surely(self._database, results.store, job.id, result.position, stored)
        return True

    def _fail_if_all_lost(self, connection: Connection, job: Job) -> bool:
        if any(result.hash for result in results.of_job(connection, job.id)):
            return False
        fail_job(connection, jobs.get(connection, job.id), FailureKind.RESULT_LOST, self._clock())
        return True
