"""The paid call of one job: commit `generating`, ask once, write down the answer or decide what its failure means.
Where the answer is an id, poll_generation.py goes on from there.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.ideogram.client import IdeogramClient
from bot.ideogram.errors import IdeogramError
from bot.ideogram.wire import RemixResponse, ResponseImage, SourcePicture
from bot.images.header import PictureFormat
from bot.rules import retries
from bot.rules.failures import FailureKind, ProviderFailure, ProviderProblem
from bot.rules.gate import decide_again
from bot.rules.generations import Generation
from bot.rules.job_states import JobState
from bot.rules.prices import COST_REPORTED, settlement
from bot.rules.refusals import Reason, Refused
from bot.rules.retries import GiveUp, HoldQueue, Park, RetryAt
from bot.storage.engine.blobs import BlobMissingError
from bot.storage.engine.database import Connection
from bot.storage.remixes import claims, holds, jobs, ledger, results
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.results import Result
from bot.use_cases.core import Core
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.remixes.endings import fail_job, try_cancel
from bot.use_cases.remixes.gate_facts import read_standing
from bot.use_cases.remixes.unknown_outcomes import record_unknown_outcome
from bot.use_cases.surely import transaction_first_surely, transaction_surely

_AFTER_AN_ERROR = timedelta(seconds=30)
_NO_LONGER_WANTED = {
    Reason.SERVER_NOT_ALLOWED: FailureKind.SERVER_NOT_ALLOWED,
    Reason.PERSON_BLOCKED: FailureKind.PERSON_BLOCKED,
    Reason.SERVER_BLOCKED: FailureKind.SERVER_BLOCKED,
    Reason.MEMBER_BLOCKED: FailureKind.MEMBER_BLOCKED,
    Reason.CHANNEL_NOT_ALLOWED: FailureKind.CHANNEL_NOT_ALLOWED,
}
"""What ends a job that waits; a pause only makes it wait longer."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PreparedJob:
    """A claimed job with its source in memory, ready for a slot."""

    job: Job
    source: SourcePicture


class GenerateImage:
    """Owns a job from its claim until its answer is on record."""

    def __init__(self, core: Core, ideogram: IdeogramClient, rules: OperatorRules) -> None:
        self._core = core
        self._ideogram = ideogram
        self._rules = rules

    async def prepare(self, job: Job) -> PreparedJob | None:
        """Read the source. None if it is lost, and then the job has failed."""
        try:
            data = await asyncio.to_thread(self._core.blobs.get, job.source_hash or "")
        except BlobMissingError:
            log.error("the source of a job is lost", job=job.id)
            await transaction_surely(self._core.database, self._fail_queued, job, FailureKind.SOURCE_LOST)
            self._core.news.job_changed(job.id)
            return None
        format_ = PictureFormat(job.source_format)
        return PreparedJob(job, SourcePicture(data, format_.mime, format_.extension))

    def _fail_queued(self, connection: Connection, job: Job, kind: FailureKind) -> None:
        if self._still_ours(connection, job):
            fail_job(connection, job, kind, self._core.clock())

    def _still_ours(self, connection: Connection, job: Job) -> Job | None:
        """As it is now; None: it is elsewhere, or in other hands."""
        there = jobs.find(connection, job.id)
        is_ours = there is not None and there.state is job.state and there.lease == self._core.lease
        return there if is_ours else None

    async def begin(self, job: Job) -> bool:
        """The point of no return, with a slot in hand. False: cancelled, unwanted, or the queue waits by now."""
        begun = await self._core.database.transaction_first(self._begin, job)
        self._core.news.job_changed(job.id)
        return begun

    def _begin(self, connection: Connection, job: Job) -> bool:
        now = self._core.clock()
        there = self._still_ours(connection, job)
        if there is None:
            return False
        if there.removed_at is not None:
            # While it was asked for the last time, in vain: nobody would ever be shown it.
            try_cancel(connection, job.id, "removed by a moderator", now)
            return False
        refused = self._refused_now(connection, job, now)
        if kind := self._no_longer_wanted(job, refused, now):
            fail_job(connection, job, kind, now)
            return False
        hold = holds.read(connection)
        if refused or (hold is not None and hold.trial_job_id != job.id):
            claims.release(connection, job.id, self._core.lease, job.due_at, attempts=job.attempts)
            return False
        begin = (JobState.QUEUED, JobState.GENERATING)
        kept = {"lease": self._core.lease, "attempts": job.attempts + 1, "generating_at": now}
        return jobs.try_move(connection, job.id, begin, cause="slot", now=now, lease=self._core.lease, changes=kept)

    def _refused_now(self, connection: Connection, job: Job, now: datetime) -> Refused | None:
        """The standing facts, asked again at the last moment that costs nothing."""
        allowed = self._rules.allowed_guild_ids
        standing = read_standing(connection, job.guild_id, job.user_id, job.channel_ids, allowed)
        return decide_again(standing, now)

    def _no_longer_wanted(self, job: Job, refused: Refused | None, now: datetime) -> FailureKind | None:
        if refused is not None and refused.reason in _NO_LONGER_WANTED:
            return _NO_LONGER_WANTED[refused.reason]
        return FailureKind.QUEUE_EXPIRED if job.queue_until <= now else None

    async def ask(self, prepared: PreparedJob) -> RemixResponse | Generation | ProviderFailure:
        """The one paid call."""
        try:
            return await self._ideogram.submit(prepared.job.request, prepared.source)
        except IdeogramError as error:
            log.warning("the provider did not make it", job=prepared.job.id, error=str(error), executed=error.executed)
            return error.failure

    async def record_submitted(self, job: Job, generation: Generation) -> Job:
        """The id, in one commit, before anything else: from here on a later start can collect what is paid."""
        submitted, held_before = await transaction_surely(self._core.database, self._record_submitted, job, generation)
        if held_before:
            log.warning("the provider takes work again: the queue goes on")
        return submitted

    def _record_submitted(self, connection: Connection, job: Job, generation: Generation) -> tuple[Job, bool]:
        jobs.mark_submitted(connection, job.id, self._core.lease, generation, self._core.clock())
        return jobs.get(connection, job.id), holds.lift(connection)

    async def record_answer(self, job: Job, answer: RemixResponse) -> None:
        """Money and links, in one commit. From here on the result is paid and can be fetched for a day.

        Before the next paid call begins in its slot: a crash must not find more calls without an answer than slots.
        """
        held_before = await transaction_first_surely(self._core.database, self._record_answer, job, answer)
        if held_before:
            log.warning("the provider takes work again: the queue goes on")
        self._core.news.job_changed(job.id)

    def _record_answer(self, connection: Connection, job: Job, answer: RemixResponse) -> bool:
        now, running = self._core.clock(), jobs.get(connection, job.id)
        results.add(connection, job.id, _as_results(answer.images))
        by_list = settlement(job.speed, len(answer.images), self._rules.prices)
        cost = by_list if answer.cost_micros is None else answer.cost_micros
        if cost != by_list:
            jobs.record_event(connection, running, COST_REPORTED, now)
        ledger.settle(connection, job.id, cost, now)
        generated = (JobState.GENERATING, JobState.GENERATED)
        if any(image.safe for image in answer.images):
            got = {"due_at": now, "generated_at": now}
            jobs.move(connection, job.id, generated, cause="answered", now=now, changes=got)
        else:
            fail_job(connection, running, FailureKind.ALL_WITHHELD, now)
        # What was collected says that the key is good, and nothing of the balance.
        return holds.lift(connection, None if running.generation is None else ProviderProblem.KEY_REJECTED)

    async def record_failure(self, job: Job, failure: ProviderFailure) -> datetime | None:
        """Decide and write down. Returns until when no other call should be made either."""
        decision = await transaction_surely(self._core.database, self._record_failure, job, failure)
        self._core.news.job_changed(job.id)
        if isinstance(decision, HoldQueue):
            log.error("the queue is held until the provider takes work again", problem=decision.problem)
        return decision.at if isinstance(decision, RetryAt) and decision.for_all else None

    def _record_failure(self, connection: Connection, job: Job, failure: ProviderFailure) -> retries.Decision:
        now = self._core.clock()
        running = jobs.get(connection, job.id)
        decision = retries.decide(failure, running.attempts, now, self._core.jitter())
        match decision:
            case RetryAt(at=at):
                self._requeue(connection, running, at, failure.problem)
            case HoldQueue(problem=problem):
                holds.place(connection, problem, now)
                self._requeue(connection, running, now, problem)
            case GiveUp(kind=kind):
                fail_job(connection, running, kind, now)
                # It was looked at, so the key is good, and so was the balance.
                holds.lift(connection)
            case Park():
                if again_at := record_unknown_outcome(connection, running, failure.problem, now, self._rules):
                    decision = RetryAt(again_at, for_all=False)
        return decision

    def _requeue(self, connection: Connection, job: Job, due_at: datetime, cause: ProviderProblem) -> None:
        back = (JobState.GENERATING, JobState.QUEUED)
        kept = {"due_at": due_at, "attempts": job.attempts, "generating_at": None}
        jobs.move(connection, job.id, back, cause=cause, now=self._core.clock(), changes=kept)

    async def abandon(self, job: Job, *, due_in: timedelta = _AFTER_AN_ERROR) -> None:
        """Something that nobody planned for came up: what may be paid is parked, all else is let go for a while.

        It waits for a database that is away, so after that it need not wait any longer.
        """
        await transaction_surely(self._core.database, self._abandon, job, due_in)
        self._core.news.job_changed(job.id)

    def _abandon(self, connection: Connection, job: Job, due_in: timedelta) -> None:
        there = jobs.get(connection, job.id)
        if there.lease != self._core.lease:
            return
        if there.state is JobState.GENERATING and there.generation is None:
            record_unknown_outcome(connection, there, "error", self._core.clock(), self._rules)
        else:
            due_at = self._core.clock() + due_in
            claims.release(connection, job.id, self._core.lease, due_at, attempts=there.attempts + 1)


def _as_results(images: Sequence[ResponseImage]) -> list[Result]:
    return [Result(n, image.safe, image.seed, image.resolution, image.url) for n, image in enumerate(images)]
