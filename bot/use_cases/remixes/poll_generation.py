"""Polls a submitted generation until it ends. A poll is free, and no problem with one leads to a second paid call."""

from dataclasses import dataclass

import structlog

from bot.ideogram.client import IdeogramClient
from bot.ideogram.errors import IdeogramError
from bot.ideogram.wire import RemixResponse
from bot.ideogram.wire_generations import GenerationFailed, PollResult
from bot.rules import failures, polling
from bot.rules.failures import ProviderFailure
from bot.rules.generations import Generation
from bot.rules.polling import Pace, PollAfter, PollStreak, StopPolling
from bot.storage.engine.database import Connection
from bot.storage.remixes import claims, holds, queue_facts
from bot.storage.remixes.jobs import Job
from bot.use_cases.core import Core
from bot.use_cases.remixes.endings import fail_job
from bot.use_cases.remixes.unknown_outcomes import park, record_late_failure
from bot.use_cases.shared_calls import SharedCalls
from bot.use_cases.surely import transaction_surely

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PollAgain:
    """The generation has not ended. `streak` goes into the next poll."""

    after: PollAfter
    streak: PollStreak


class PollGeneration:
    """Makes one poll at a time; the worker waits in between."""

    def __init__(self, core: Core, ideogram: IdeogramClient, pace: Pace, shared: SharedCalls | None = None) -> None:
        self._core = core
        self._shared = shared
        self._ideogram = ideogram
        self.pace = pace

    async def poll(self, job: Job, streak: PollStreak | None) -> RemixResponse | PollAgain | None:
        """Returns the answer, which the caller has to record. None: the job has failed or is parked."""
        if job.generation is None:
            raise ValueError("the job has no generation to poll")
        outcome = await self._ask(job.generation)
        match outcome:
            case RemixResponse():
                return outcome
            case GenerationFailed():
                await transaction_surely(self._core.database, self._record_failed, job, outcome)
                self._core.news.job_changed(job.id)
                log.warning("a generation failed at the provider", job=job.id, kind=outcome.kind)
                return None
        failure = outcome if isinstance(outcome, ProviderFailure) else None
        return await self._not_yet(job, failure, streak)

    async def _ask(self, generation: Generation) -> PollResult | ProviderFailure:
        try:
            return await self._ideogram.poll(generation)
        except IdeogramError as error:
            log.warning("a poll failed", error=str(error))
            return error.failure

    async def _not_yet(self, job: Job, failure: ProviderFailure | None, before: PollStreak | None) -> PollAgain | None:
        now, problem = self._core.clock(), failure.problem if failure else None
        streak = before.extended_by(problem, now) if before else PollStreak(problem, now)
        if failure is not None and polling.holds_the_queue(failure) and streak.count == 1:
            await transaction_surely(self._core.database, holds.place, failure.problem, now)
            log.error("the queue is held until the provider takes work again", problem=failure.problem)
        retry_after = failure.retry_after if failure else None
        since = job.submitted_at or now
        after = polling.decide(streak, since, now, self.pace, jitter=self._core.jitter(), retry_after=retry_after)
        if isinstance(after, StopPolling):
            cause = f"not collected: {problem or 'pending'}"
            await transaction_surely(self._core.database, self._record_lost, job, cause)
            self._core.news.job_changed(job.id)
            return None
        if after.for_all and self._shared is not None:
            await self._shared.delay_polls(after.seconds)
        return PollAgain(after, streak)

    def _record_failed(self, connection: Connection, job: Job, failed: GenerationFailed) -> None:
        now, kind = self._core.clock(), failed.kind
        if not failed.explained:
            since = now - failures.UNEXPLAINED_WINDOW
            earlier = queue_facts.failures_of_member(connection, job.user_id, failures.UNEXPLAINED, since)
            kind = failures.unexplained_failure(earlier)
        running = claims.find_held(connection, job)
        if running is None:
            record_late_failure(connection, job, kind, now, cost_micros=failed.cost_micros)
        else:
            fail_job(connection, running, kind, now, cost_micros=failed.cost_micros)

    def _record_lost(self, connection: Connection, job: Job, cause: str) -> None:
        # Parked even with ON_UNKNOWN_OUTCOME=retry_once: the id may still lead to the result that was paid for.
        if running := claims.find_held(connection, job):
            park(connection, running, cause, self._core.clock())
