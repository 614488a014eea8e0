"""Hands a paid result that could not be posted over to its author, who pressed "Get it again"."""

from dataclasses import replace
from datetime import datetime

from bot.rules.gate import decide_hand_over
from bot.rules.job_states import JobState
from bot.rules.refusals import Reason, Refused
from bot.storage.engine.database import Connection, OutcomeUnknownError
from bot.storage.remixes import claims, families, jobs
from bot.storage.remixes.jobs import Job
from bot.storage.review.held_back import COLLECTED, is_held_back, was_collected
from bot.use_cases.core import Core
from bot.use_cases.ports import Delivery
from bot.use_cases.remixes.endings import finish_delivery, release_undelivered
from bot.use_cases.remixes.fetch_results import Fetched, FetchResults
from bot.use_cases.remixes.gate_facts import ANY_SERVER, read_standing
from bot.use_cases.surely import transaction_surely, until_known


class HandOverKept:
    """Call `take`, hand the result over, then call `record_handed_over`, or `put_back` if that failed."""

    def __init__(self, core: Core, fetch: FetchResults) -> None:
        self._core = core
        self._fetch = fetch

    async def take(self, job_id: int, user_id: int) -> Delivery | Refused | None:
        """Lease the job and load its pictures.

        None: it is not theirs, is not kept, is being delivered, or its pictures cannot be fetched at the moment.
        """
        number = next(self._core.claims)
        try:
            job = await until_known(lambda: self._core.database.transaction(self._take, job_id, user_id, number))
        except OutcomeUnknownError:
            # Else it would stay under this claim until the next start.
            await transaction_surely(self._core.database, claims.release_claimed, self._core.lease, number)
            raise
        if job is None or isinstance(job, Refused):
            return job
        delivery = None
        try:
            fetched = await self._fetch.run(job)
            if isinstance(fetched, Fetched):
                delivery = await self._fetch.load(job, fetched)
        finally:
            # Also after an error, or the job would stay leased until the next start.
            if delivery is None or not delivery.pictures:
                await self.put_back(job)
        return delivery if delivery and delivery.pictures else None

    def _take(self, connection: Connection, job_id: int, user_id: int, claim: int) -> Job | Refused | None:
        job, lease = jobs.find(connection, job_id), self._core.lease
        if job is None or job.user_id != user_id or not self._core.process.is_member(connection):
            return None
        standing = read_standing(connection, job.guild_id, user_id, job.channel_ids, ANY_SERVER)
        if refused := decide_hand_over(standing, removed=job.removed_at is not None, now=self._core.clock()):
            return refused
        if job.removed_at is None and families.stopped_by(connection, job):
            return Refused(Reason.PICTURE_OWNER_OPTED_OUT)
        taken = replace(job, lease=lease, claim=claim)
        # It is under this claim already if its COMMIT failed and was stored all the same.
        is_taken = job == taken or claims.try_lease(connection, job_id, JobState.GENERATED, lease, claim=claim)
        return taken if is_taken else None

    async def record_handed_over(self, job: Job) -> None:
        await transaction_surely(self._core.database, _handed_over, job, self._core.clock())
        self._core.news.job_changed(job.id)

    async def put_back(self, job: Job) -> None:
        due_at, attempts, now = job.due_at, job.attempts, self._core.clock()
        await transaction_surely(self._core.database, release_undelivered, job, due_at, attempts=attempts, now=now)


def _handed_over(connection: Connection, job: Job, now: datetime) -> None:
    """What is held back stays kept: moderators may have it posted after an appeal, and its author can get it again."""
    if not is_held_back(job):
        finish_delivery(connection, job, COLLECTED, now)
    elif claims.find_held(connection, job) is not None:
        if not was_collected(connection, job.id):
            jobs.record_event(connection, job, COLLECTED, now)
        release_undelivered(connection, job, job.due_at, attempts=job.attempts, now=now)
