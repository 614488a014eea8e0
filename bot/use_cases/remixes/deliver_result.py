"""A paid result reaches its person: posted once in the channel, else privately, else kept until it is asked for."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

import structlog

from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.retries import next_delivery
from bot.storage.engine.blobs import BlobMissingError, BlobStore
from bot.storage.engine.database import Connection
from bot.storage.remixes import claims, jobs, results, retention
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.results import Result
from bot.use_cases.core import Core
from bot.use_cases.ports import ChannelClosedError, Delivery, PostFailedError, ResultPicture, ResultPoster
from bot.use_cases.remixes.endings import end_removed, fail_job
from bot.use_cases.remixes.fetch_results import FetchResults, Missing
from bot.use_cases.surely import transaction_surely

log = structlog.get_logger(__name__)


class DeliverResult:
    """Trouble here only tries the delivery again: it never buys again."""

    def __init__(self, core: Core, fetch: FetchResults, poster: ResultPoster) -> None:
        self._core = core
        self._fetch = fetch
        self._poster = poster

    async def run(self, job: Job) -> None:
        """Take a claimed job as far as it goes now. It is in nobody's hands afterwards."""
        if job.removed_at is not None:
            await self._release(job, None)
            return
        fetched = await self._fetch.run(job)
        if fetched is Missing.LOST:
            return
        if fetched is Missing.LATER:
            await self.later(job, "results not fetched yet")
            return
        try:
            delivery = await self._load(job, fetched.fresh)
        except OSError as error:
            await self.later(job, f"results cannot be read: {error.strerror}")
            return
        if not delivery.pictures:
            await transaction_surely(self._core.database, fail_job, job, FailureKind.RESULT_LOST, self._core.clock())
            self._core.news.job_changed(job.id)
            return
        shown = await self._core.database.transaction(self._begin_posting, job)
        if shown.removed_at is not None:
            await self._release(job, None)
            return
        delivery = replace(delivery, job=shown)
        try:
            await self._post(delivery)
        except PostFailedError as error:
            await self.later(job, str(error))
        except ChannelClosedError as error:
            await self._privately_or_keep(delivery, str(error))
        else:
            await self._delivered(job, "posted")

    def _begin_posting(self, connection: Connection, job: Job) -> Job:
        """As it is to be shown: a moderator may have hidden or removed it since it was claimed."""
        there = jobs.get(connection, job.id)
        if there.removed_at is None:
            jobs.mark_posting(connection, job.id, self._core.lease, self._core.clock())
        return there

    async def _load(self, job: Job, fresh: Mapping[str, bytes]) -> Delivery:
        answered = await self._core.database.transaction(results.of_job, job.id)
        return await asyncio.to_thread(load_delivery, self._core.blobs, job, answered, fresh)

    async def _post(self, delivery: Delivery) -> None:
        job = delivery.job
        posted = await self._core.database.transaction(results.posts_of, job.id)
        done = {position for post in posted for position in post.positions}
        # The limits may have changed since the first part: what is left is cut anew.
        left = [picture for picture in delivery.pictures if picture.result.position not in done]
        for part in await self._poster.plan(replace(delivery, pictures=left)) if left else ():
            post = await self._poster.post(delivery, part)
            await transaction_surely(self._core.database, results.add_post, job.id, post, self._core.clock())

    async def _privately_or_keep(self, delivery: Delivery, reason: str) -> None:
        log.warning("a result cannot be posted in its channel", job=delivery.job.id, reason=reason)
        try:
            handed_over = await self._poster.post_privately(delivery)
        except PostFailedError as error:
            await self.later(delivery.job, str(error))
            return
        if handed_over:
            await self._delivered(delivery.job, "privately")
        else:
            await self._release(delivery.job, None)

    async def _delivered(self, job: Job, cause: str) -> None:
        over = await transaction_surely(self._core.database, finish_delivery, job, cause, self._core.clock())
        self._core.news.job_changed(job.id)
        await self._take_down_removed(over)

    async def later(self, job: Job, reason: str) -> None:
        """Let go of the job until the next attempt is due."""
        now = self._core.clock()
        due_at = next_delivery(job.attempts + 1, job.generated_at or now, now, self._core.jitter())
        log.warning("a result is not delivered yet", job=job.id, reason=reason, attempt=job.attempts + 1, due_at=due_at)
        await self._release(job, due_at)

    async def _release(self, job: Job, due_at: datetime | None) -> None:
        attempts, now = job.attempts + 1, self._core.clock()
        left = await transaction_surely(
            self._core.database, let_go, job.id, self._core.lease, due_at, attempts=attempts, now=now
        )
        self._core.news.job_changed(job.id)
        await self._take_down_removed(left)

    async def _take_down_removed(self, job: Job) -> None:
        """What reached the channel while a moderator was removing it. What Discord refuses they can repeat."""
        if job.removed_at is None:
            return
        for post in await self._core.database.transaction(results.posts_of, job.id):
            if post.deleted_at is None and await self._poster.take_down(post):
                await self._core.database.transaction(
                    results.mark_message_deleted, job.id, post.message_id, self._core.clock()
                )


def finish_delivery(connection: Connection, job: Job, cause: str, now: datetime) -> Job:
    """The person has the results. Returns the job as it is now; nothing has to be fetched any more."""
    results.forget_links(connection, job.id)
    jobs.move(connection, job.id, (JobState.GENERATED, JobState.DELIVERED), cause=cause, now=now)
    over = jobs.get(connection, job.id)
    if over.removed_at is not None:
        retention.forget_job(connection, job.id)
    return over


def let_go(
    connection: Connection, job_id: int, lease: str, due_at: datetime | None, *, attempts: int, now: datetime
) -> Job:
    """Out of our hands, until it is due. One that a moderator has removed by now ends. Returns it as it is now."""
    claims.release(connection, job_id, lease, due_at, attempts=attempts)
    left = jobs.get(connection, job_id)
    if left.removed_at is not None and left.state is JobState.GENERATED and left.lease is None:
        end_removed(connection, left, now)
    return jobs.get(connection, job_id)


def load_delivery(
    blobs: BlobStore, job: Job, answered: Sequence[Result], fresh: Mapping[str, bytes] = MappingProxyType({})
) -> Delivery:
    """Read the bytes of a job's results, but for the fresh ones; blocks. A damaged file counts as lost.

    Raises OSError: later, perhaps.
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
