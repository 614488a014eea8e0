"""Downloads results by their links, as often as needed within the links' day, and reads them from the disk.

While they lie on a host that is not listed, the queue is held: more of them would be paid for in vain.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

import structlog

from bot.ideogram.client import IdeogramClient
from bot.ideogram.errors import HostRefusedError, ResultFetchError
from bot.ideogram.links import host_of, mask_url
from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.retries import MAX_DELIVERY_TIME, MAX_GONE_TIME
from bot.storage.engine.blobs.store import BlobMissingError, BlobsAwayError, BlobStore
from bot.storage.engine.database import Connection
from bot.storage.remixes import claims, holds, jobs, results
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.results import Result
from bot.use_cases.core import Core, Counted
from bot.use_cases.ports import Delivery, ResultPicture
from bot.use_cases.remixes.endings import fail_job
from bot.use_cases.surely import transaction_surely

log = structlog.get_logger(__name__)


class Missing(StrEnum):
    """`LATER`: another attempt may get more. `LOST`: nothing is left to fetch, and the job has failed."""

    LATER = "later"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Fetched:
    """Every result that can be fetched is on the disk. `fresh`: bytes by hash, of those fetched just now."""

    fresh: Mapping[str, bytes]


class FetchResults:
    """Repeating it does no harm: a result that is on the disk is not fetched again."""

    def __init__(self, core: Core, ideogram: IdeogramClient) -> None:
        self._core = core
        self._ideogram = ideogram

    async def run(self, job: Job) -> Fetched | Missing:
        """Try each link that is still needed once."""
        fresh: dict[str, bytes] = {}
        answered = await self._core.database.read(results.of_job, job.id)
        if not all([await self._is_done(job, result, fresh) for result in answered if result.url is not None]):
            return Missing.LATER
        if await transaction_surely(self._core.database, self._fail_if_all_lost, job):
            self._core.news.job_changed(job.id)
            return Missing.LOST
        return Fetched(fresh)

    async def load(self, job: Job, fetched: Fetched) -> Delivery:
        """After `run`. Raises OSError if a file cannot be read at the moment."""
        answered = await self._core.database.read(results.of_job, job.id)
        return await self._core.blobs.in_thread(load_delivery, self._core.blobs, job, answered, fetched.fresh)

    async def _is_done(self, job: Job, result: Result, fresh: dict[str, bytes]) -> bool:
        """True: the result is on the disk, or it is lost for good."""
        if result.hash is not None and await self._core.blobs.in_thread(self._is_stored, result.hash, result.position):
            return True
        return await self._fetch(job, result, fresh)

    def _is_stored(self, hash_: str, position: int) -> bool:
        """Blocks. A file that cannot be read at the moment counts as stored; `load` raises for it."""
        try:
            self._core.blobs.get(hash_)
        except BlobMissingError:
            log.error("a stored result is missing or damaged and is fetched again", position=position)
            return False
        except OSError:
            return True
        return True

    async def _fetch(self, job: Job, result: Result, fresh: dict[str, bytes]) -> bool:
        url = result.url or ""
        try:
            data = await self._ideogram.fetch_image(url)
            stored = await self._core.blobs.in_thread(self._core.blobs.put, data)
        except ResultFetchError as error:
            if isinstance(error, HostRefusedError):
                await hold_for_host(self._core, job.id, error.host)
            given_up = self._core.clock() >= _tried_until(job, error)
            self._core.news.count(Counted.FETCH_FAILURE, error.cause)
            log.error("a paid result was not fetched", link=mask_url(url), error=str(error), given_up=given_up)
            if given_up:
                await transaction_surely(self._core.database, _mark_lost, job, result.position)
            return given_up
        except OSError as error:
            log.error("a paid result could not be stored", error=error.strerror)
            self._core.news.count(
                Counted.FETCH_FAILURE, "pictures_away" if isinstance(error, BlobsAwayError) else "disk"
            )
            return False
        if await transaction_surely(self._core.database, _record_stored, job.id, result, stored):
            log.warning("a result was fetched: the queue goes on", link=mask_url(url))
            self._core.news.job_changed(job.id)
        fresh[stored] = data
        return True

    def _fail_if_all_lost(self, connection: Connection, job: Job) -> bool:
        if any(result.hash for result in results.of_job(connection, job.id)):
            return False
        return fail_lost(connection, job, self._core.clock())


def fail_lost(connection: Connection, job: Job, now: datetime) -> bool:
    """Nothing of the result is left. False: the job is no longer under the claim that `job` was read with."""
    if held := claims.find_held(connection, job):
        fail_job(connection, held, FailureKind.RESULT_LOST, now)
        return True
    return jobs.get(connection, job.id).state is JobState.FAILED


def _mark_lost(connection: Connection, job: Job, position: int) -> None:
    # Another process that has the job by now may have stored the picture.
    if claims.find_held(connection, job):
        results.mark_lost(connection, job.id, position)


def _record_stored(connection: Connection, job_id: int, result: Result, stored: str) -> bool:
    """True: that ended the hold of the queue because of its host."""
    results.mark_stored(connection, job_id, result.position, stored)
    is_last = all(each.hash for each in results.of_job(connection, job_id) if each.url is not None)
    return holds.lift_for_host(connection, job_id, host_of(result.url or ""), is_last=is_last)


def _tried_until(job: Job, error: ResultFetchError) -> datetime:
    # Links live 24 hours. One that answers "gone" is given up after minutes, because the other images wait for it.
    since = job.generated_at or job.accepted_at
    return since + (MAX_GONE_TIME if error.permanent else MAX_DELIVERY_TIME)


def load_delivery(
    blobs: BlobStore, job: Job, answered: Sequence[Result], fresh: Mapping[str, bytes] = MappingProxyType({})
) -> Delivery:
    """Read the bytes of a job's results. Blocks. A missing or damaged file counts as lost.

    `fresh`: bytes by hash that need not be read. Raises OSError if a file cannot be read at the moment.
    """
    pictures = []
    for result in answered:
        if result.hash is not None:
            try:
                data = fresh.get(result.hash) or blobs.get(result.hash)
            except BlobMissingError:
                log.error("a stored result is lost", job=job.id, position=result.position)
            else:
                pictures.append(ResultPicture(result, data))
    safe = sum(result.safe for result in answered)
    return Delivery(
        job=job,
        pictures=pictures,
        withheld=len(answered) - safe,
        lost=safe - len(pictures),
        look_first=job.posting_at is not None,
    )


async def hold_for_host(core: Core, job_id: int, host: str) -> None:
    """A result of that job lies on that host."""
    if await transaction_surely(core.database, holds.place_for_host, job_id, host):
        log_hold(host)
        core.news.job_changed(job_id)


def log_hold(host: str) -> None:
    log.error("the queue is held: results lie on a host that is not in IDEOGRAM_IMAGE_HOSTS", host=host)


async def reconsider_hold(core: Core) -> None:
    """Let one remix try once no paid result waits on the refused host any more. Raises DatabaseUnavailableError.

    The last one was fetched, deleted or, after a day, lost. Waiting teaches nothing more then, and Ideogram may have
    gone back to the host it used before.
    """

    def reconsider(connection: Connection) -> Sequence[int]:
        hold = holds.read(connection)
        if hold is None or not hold.is_for_host or hold.next_trial_at is not None:
            return []
        if any(host_of(url) == hold.host for url in results.waiting_links(connection)):
            return []
        holds.try_now(connection, core.clock())
        return [job.id for job in jobs.in_state(connection, JobState.QUEUED)]

    for job_id in await core.database.transaction(reconsider):
        core.news.job_changed(job_id)


def try_after_start(connection: Connection, now: datetime, listed: Collection[str]) -> None:
    """One job tries at once: the operator may have restarted because the problem is fixed.

    For a refused host that is so once it is `listed`. Then the results there are fetched at once, which ends the hold.
    """
    hold = holds.read(connection)
    if hold is None or (hold.is_for_host and hold.host not in listed):
        return
    holds.try_now(connection, now)
    if hold.is_for_host:
        claims.make_results_due(connection, now)
