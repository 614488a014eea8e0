"""What was paid is brought home: the bytes behind an answer's links, again and again within their day if need be,
and once more if the disk has lost them before they were delivered.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog

from bot.ideogram.client import IdeogramClient
from bot.ideogram.errors import ResultFetchError
from bot.ideogram.links import mask_url
from bot.rules.failures import FailureKind
from bot.rules.retries import MAX_DELIVERY_TIME, MAX_GONE_TIME
from bot.storage.engine.blobs import BlobMissingError
from bot.storage.engine.database import Connection
from bot.storage.remixes import jobs, results
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.results import Result
from bot.use_cases.core import Core
from bot.use_cases.remixes.endings import fail_job
from bot.use_cases.surely import transaction_surely

log = structlog.get_logger(__name__)


class Missing(StrEnum):
    """`LATER`: some may yet be had. `LOST`: nothing; the job has failed."""

    LATER = "later"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Fetched:
    """All that can ever be had is on the disk; `fresh`, by hash, is what has just come."""

    fresh: Mapping[str, bytes]


class FetchResults:
    """Idempotent: what is here already is not fetched again."""

    def __init__(self, core: Core, ideogram: IdeogramClient) -> None:
        self._core = core
        self._ideogram = ideogram

    async def run(self, job: Job) -> Fetched | Missing:
        """Try every link that is left, once."""
        fresh: dict[str, bytes] = {}
        answered = await self._core.database.transaction(results.of_job, job.id)
        if not all([await self._have(job, result, fresh) for result in answered if result.url is not None]):
            return Missing.LATER
        if await transaction_surely(self._core.database, self._fail_if_all_lost, job):
            self._core.news.job_changed(job.id)
            return Missing.LOST
        return Fetched(fresh)

    async def _have(self, job: Job, result: Result, fresh: dict[str, bytes]) -> bool:
        """True: the bytes are here, or never will be."""
        if result.hash is not None and await asyncio.to_thread(self._is_here, result.hash, result.position):
            return True
        return await self._fetch(job, result, fresh)

    def _is_here(self, hash_: str, position: int) -> bool:
        """Blocks. What cannot be read just now counts as here: whoever reads it will be told so."""
        try:
            self._core.blobs.get(hash_)
        except BlobMissingError:
            log.error("a stored result is lost, and fetched again", position=position)
            return False
        except OSError:
            return True
        return True

    async def _fetch(self, job: Job, result: Result, fresh: dict[str, bytes]) -> bool:
        url = result.url or ""
        try:
            data = await self._ideogram.fetch_image(url)
            stored = await asyncio.to_thread(self._core.blobs.put, data)
        except ResultFetchError as error:
            given_up = self._core.clock() >= _tried_until(job, error)
            log.error("a paid result was not fetched", link=mask_url(url), error=str(error), given_up=given_up)
            if given_up:
                await transaction_surely(self._core.database, results.mark_lost, job.id, result.position)
            return given_up
        except OSError as error:
            log.error("a paid result could not be written to the disk", error=error.strerror)
            return False
        await transaction_surely(self._core.database, results.mark_stored, job.id, result.position, stored)
        fresh[stored] = data
        return True

    def _fail_if_all_lost(self, connection: Connection, job: Job) -> bool:
        if any(result.hash for result in results.of_job(connection, job.id)):
            return False
        fail_job(connection, jobs.get(connection, job.id), FailureKind.RESULT_LOST, self._core.clock())
        return True


def _tried_until(job: Job, error: ResultFetchError) -> datetime:
    """A link lives a day. One that is gone is tried for some minutes only: the other images of the answer wait."""
    since = job.generated_at or job.accepted_at
    return since + (MAX_GONE_TIME if error.permanent else MAX_DELIVERY_TIME)
