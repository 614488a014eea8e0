"""What "get it again" does: a paid result that could not be posted is handed to its person."""

import asyncio

from bot.rules.gate import decide_hand_over
from bot.rules.job_states import JobState
from bot.rules.refusals import Refused
from bot.storage.engine.database import Connection
from bot.storage.remixes import claims, jobs, results
from bot.storage.remixes.jobs import Job
from bot.use_cases.core import Core
from bot.use_cases.ports import Delivery
from bot.use_cases.remixes.deliver_result import finish_delivery, let_go, load_delivery
from bot.use_cases.remixes.fetch_results import Fetched, FetchResults
from bot.use_cases.remixes.gate_facts import read_standing
from bot.use_cases.surely import transaction_surely

_ANY_SERVER: frozenset[int] = frozenset()


class HandOverKept:
    """`take`, hand it over, then `handed_over` or `put_back`."""

    def __init__(self, core: Core, fetch: FetchResults) -> None:
        self._core = core
        self._fetch = fetch

    async def take(self, job_id: int, user_id: int) -> Delivery | Refused | None:
        """None: not theirs, not waiting to be fetched, in somebody's hands, or its pictures cannot be had now."""
        job = await self._core.database.transaction(self._take, job_id, user_id)
        if job is None or isinstance(job, Refused):
            return job
        delivery = None
        try:
            delivery = await self._load(job)
        finally:
            if delivery is None:
                await self.put_back(job)
        return delivery

    async def _load(self, job: Job) -> Delivery | None:
        fetched = await self._fetch.run(job)
        if not isinstance(fetched, Fetched):
            return None
        answered = await self._core.database.transaction(results.of_job, job.id)
        delivery = await asyncio.to_thread(load_delivery, self._core.blobs, job, answered, fetched.fresh)
        return delivery if delivery.pictures else None

    def _take(self, connection: Connection, job_id: int, user_id: int) -> Job | Refused | None:
        job = jobs.find(connection, job_id)
        if job is None or job.user_id != user_id:
            return None
        standing = read_standing(connection, job.guild_id, user_id, job.channel_ids, _ANY_SERVER)
        if refused := decide_hand_over(standing, removed=job.removed_at is not None, now=self._core.clock()):
            return refused
        return job if claims.try_lease(connection, job_id, JobState.GENERATED, self._core.lease) else None

    async def handed_over(self, job: Job) -> None:
        await transaction_surely(self._core.database, finish_delivery, job, "collected", self._core.clock())
        self._core.news.job_changed(job.id)

    async def put_back(self, job: Job) -> None:
        due_at, attempts, now = job.due_at, job.attempts, self._core.clock()
        await transaction_surely(
            self._core.database, let_go, job.id, self._core.lease, due_at, attempts=attempts, now=now
        )
