"""A paid result reaches its person: posted once in the channel, else privately, else kept until it is asked for."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import structlog

from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.retries import next_delivery
from bot.storage import claims, jobs, results
from bot.storage.blobs import BlobMissingError, BlobStore
from bot.storage.database import Connection, Database
from bot.storage.jobs import Job
from bot.storage.results import Result
from bot.use_cases.endings import fail_job
from bot.use_cases.fetch_results import FetchResults
from bot.use_cases.interfaces import (
    ChannelClosedError,
    Clock,
    Delivery,
    Jitter,
    JobListener,
    Picture,
    PostFailedError,
    ResultPoster,
)
from bot.use_cases.surely import transaction_surely

log = structlog.get_logger(__name__)


class DeliverResult:
    """Trouble here only tries the delivery again: it never buys again."""

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        fetch: FetchResults,
        poster: ResultPoster,
        *,
        lease: str,
        clock: Clock,
        jitter: Jitter,
        listener: JobListener,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._fetch = fetch
        self._poster = poster
        self._lease = lease
        self._clock = clock
        self._jitter = jitter
        self._listener = listener

    async def run(self, job: Job) -> None:
        """Take a claimed job as far as it goes now. It is in nobody's hands afterwards."""
        if not await self._fetch.run(job):
            await self._later(job, "results not fetched yet")
            return
        delivery = await self._load(job)
        if not delivery.pictures:
            await transaction_surely(self._database, fail_job, job, FailureKind.RESULT_LOST, self._clock())
            self._listener.job_changed(job.id)
            return
        await self._database.transaction(jobs.mark_posting, job.id, self._lease, self._clock())
        try:
            await self._post(delivery)
        except PostFailedError as error:
            await self._later(job, str(error))
        except ChannelClosedError as error:
            await self._privately_or_keep(delivery, str(error))
        else:
            await self._delivered(job, "posted")

    async def _load(self, job: Job) -> Delivery:
        answered = await self._database.transaction(results.of_job, job.id)
        return await asyncio.to_thread(load_delivery, self._blobs, job, answered)

    async def _post(self, delivery: Delivery) -> None:
        job = delivery.job
        posted = {post.part for post in await self._database.transaction(results.posts_of, job.id)}
        for part in await self._poster.plan(delivery):
            if part.number not in posted:
                post = await self._poster.post(delivery, part)
                await transaction_surely(self._database, results.add_post, job.id, post, self._clock())

    async def _privately_or_keep(self, delivery: Delivery, reason: str) -> None:
        log.warning("a result cannot be posted in its channel", job=delivery.job.id, reason=reason)
        if await self._poster.post_privately(delivery):
            await self._delivered(delivery.job, "privately")
        else:
            await self._release(delivery.job, None)

    async def _delivered(self, job: Job, cause: str) -> None:
        await transaction_surely(self._database, finish_delivery, job, cause, self._clock())
        self._listener.job_changed(job.id)

    async def _later(self, job: Job, reason: str) -> None:
        now = self._clock()
        due_at = next_delivery(job.attempts + 1, job.generated_at or now, now, self._jitter())
        log.warning("a result is not delivered yet", job=job.id, reason=reason, attempt=job.attempts + 1, due_at=due_at)
        await self._release(job, due_at)

    async def _release(self, job: Job, due_at: datetime | None) -> None:
        attempts = job.attempts + 1
        await transaction_surely(self._database, claims.release, job.id, self._lease, due_at, attempts=attempts)
        self._listener.job_changed(job.id)


def finish_delivery(connection: Connection, job: Job, cause: str, now: datetime) -> None:
    """The person has the results."""
    jobs.move(connection, job.id, (JobState.GENERATED, JobState.DELIVERED), cause=cause, now=now)


def load_delivery(blobs: BlobStore, job: Job, answered: Sequence[Result]) -> Delivery:
    """Read the bytes of a job's results; blocks. A damaged file counts as lost."""
    pictures = []
    for result in answered:
        if result.hash is not None:
            try:
                pictures.append(Picture(result, blobs.get(result.hash)))
            except (BlobMissingError, OSError):
                log.error("a stored result cannot be read", job=job.id, position=result.position)
    safe = sum(result.safe for result in answered)
    return Delivery(
        job=job,
        pictures=pictures,
        withheld=len(answered) - safe,
        lost=safe - len(pictures),
        look_first=job.posting_at is not None,
    )
