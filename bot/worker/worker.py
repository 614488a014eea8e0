"""Stages with a concurrency each: prepare and generate (only what is made at the provider holds a slot), then deliver.
A stage of its own goes on with what an earlier process has submitted.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.ideogram.wire import RemixResponse
from bot.rules.generations import Generation
from bot.rules.job_states import JobState
from bot.rules.polling import PollAfter, first_poll
from bot.storage.engine.database import Connection, DatabaseUnavailableError
from bot.storage.remixes import claims
from bot.storage.remixes.jobs import Job
from bot.use_cases.core import Core
from bot.use_cases.remixes.collect_generation import AskAgain, CollectGeneration
from bot.use_cases.remixes.deliver_result import DeliverResult
from bot.use_cases.remixes.generate_image import GenerateImage, PreparedJob
from bot.worker.brake import Brake
from bot.worker.slots import Slots
from bot.worker.stage import Claimed, Stage

AHEAD = 3
"""Jobs claimed and prepared before a slot is free, so that a slot never waits for the disk."""

DELIVERIES = 8
"""Results fetched and posted at once."""

MOST_RESUMED = 1_000

log = structlog.get_logger(__name__)


class Worker:
    """Turns queued jobs into delivered ones until it is stopped."""

    def __init__(
        self,
        core: Core,
        generate: GenerateImage,
        collect: CollectGeneration,
        deliver: DeliverResult,
        *,
        slots: int,
        submits: int,
    ) -> None:
        clock = core.clock
        self._core = core
        self._generate_image = generate
        self._collect_generation = collect
        self._deliver_result = deliver
        self._slots = Slots(slots)
        self._submits = asyncio.Semaphore(submits)
        self._brake = Brake(clock)
        self._poll_brake = Brake(clock)
        self._stopping = False
        self._generating = Stage(
            "generate", room=slots + AHEAD, claim=self._claim_queued, work=self._generate, clock=clock
        )
        # More of them than slots may be under way: the operator has lowered the number since.
        self._resuming = Stage("resume", room=MOST_RESUMED, claim=self._claim_submitted, work=self._resume, clock=clock)
        self._delivering = Stage(
            "deliver", room=DELIVERIES, claim=self._claim_generated, work=self._deliver, clock=clock
        )

    def wake(self) -> None:
        """There may be new work, from elsewhere: what this worker itself has changed it knows."""
        self._generating.wake()
        self._delivering.wake()

    async def run(self) -> None:
        """Until `stop`: then until the paid calls are on record and what they brought is delivered."""
        # First of all, so that what is being made already has its slots before anything new is begun.
        await self._resuming.claim_now()
        resuming = asyncio.create_task(self._resuming.run(), name="resume")
        delivering = asyncio.create_task(self._delivering.run(), name="deliver")
        try:
            await self._generating.run()
            self._resuming.stop()
            await resuming
            await self._deliver_the_rest()
        finally:
            self._resuming.stop()
            self._delivering.stop()
            await asyncio.gather(resuming, delivering)

    def stop(self) -> None:
        """Begin no paid call any more. Calls that have begun go on."""
        self._stopping = True
        self._brake.let_go()
        self._generating.stop()

    def give_up(self) -> None:
        """The grace time is over: end every task. At the next start what can be collected is, the rest is parked."""
        self._generating.cancel()
        self._resuming.cancel()
        self._delivering.cancel()

    async def _deliver_the_rest(self) -> None:
        self._delivering.stop()
        await self._delivering.finish()
        try:
            while rest := (await self._claim_generated(DELIVERIES)).jobs:
                await asyncio.gather(*(self._deliver(job) for job in rest))
        except DatabaseUnavailableError as error:
            log.error("what is not delivered yet waits for the next start", reason=str(error))

    async def _claim_queued(self, limit: int) -> Claimed:
        return await self._claim(limit, claims.claim_queued, partial(claims.next_due, state=JobState.QUEUED))

    async def _claim_submitted(self, limit: int) -> Claimed:
        return await self._claim(limit, claims.claim_submitted, claims.next_submitted_due)

    async def _claim_generated(self, limit: int) -> Claimed:
        return await self._claim(limit, claims.claim_generated, partial(claims.next_due, state=JobState.GENERATED))

    async def _claim(
        self,
        limit: int,
        take: Callable[[Connection, str, int, datetime], Sequence[Job]],
        next_due: Callable[[Connection], datetime | None],
    ) -> Claimed:
        """When the next one is due is asked only where there is still room for it."""

        def claim(connection: Connection) -> Claimed:
            jobs = take(connection, self._core.lease, limit, self._core.clock())
            return Claimed(jobs, None if len(jobs) == limit else next_due(connection))

        return await self._core.database.transaction(claim)

    async def _generate(self, job: Job) -> None:
        async def prepare_and_generate() -> None:
            prepared = await self._generate_image.prepare(job)
            if prepared is not None:
                await self._generate_prepared(prepared)

        await self._or_abandon(job, prepare_and_generate())

    async def _resume(self, job: Job) -> None:
        async def collect_what_was_submitted() -> None:
            async with self._slots.one_that_is_in_use():
                answer = await self._collect(job, wait_first=False)
            if answer is not None:
                await self._generate_image.record_answer(job, answer)

        await self._or_abandon(job, collect_what_was_submitted())

    async def _or_abandon(self, job: Job, work: Coroutine[None, None, None]) -> None:
        with structlog.contextvars.bound_contextvars(job=job.id, guild=job.guild_id, user=job.user_id):
            try:
                await work
            except DatabaseUnavailableError as error:
                log.error("a job cannot go on; will try again", reason=str(error))
                await self._generate_image.abandon(job, due_in=timedelta(0))
            except Exception:  # the worker goes on whatever one job runs into
                log.exception("a job ran into something that nobody planned for")
                await self._generate_image.abandon(job)
                self._resuming.wake()
        self._delivering.wake()

    async def _generate_prepared(self, prepared: PreparedJob) -> None:
        async with self._slots.one():
            answer = await self._submit(prepared)
            if isinstance(answer, Job):
                answer = await self._collect(answer, wait_first=True)
        # The slot is free from here: writing down and fetching need none.
        if answer is not None:
            await self._generate_image.record_answer(prepared.job, answer)

    async def _submit(self, prepared: PreparedJob) -> RemixResponse | Job | None:
        """The answer; or the job, submitted, if that is to be collected. None: there is none, and that is on record."""
        job = prepared.job
        async with self._submits:
            await self._brake.wait()
            if self._stopping or not await self._generate_image.begin(job):
                return None
            outcome = await self._generate_image.ask(prepared)
            if isinstance(outcome, RemixResponse):
                return outcome
            if isinstance(outcome, Generation):
                return await self._generate_image.record_submitted(job, outcome)
            until = await self._generate_image.record_failure(job, outcome)
            if until is not None:
                self._brake.pull(until)
        return None

    async def _collect(self, job: Job, *, wait_first: bool) -> RemixResponse | None:
        """None: it ended without an answer, and that is on record."""
        if wait_first:
            await asyncio.sleep(first_poll(self._collect_generation.pace).seconds)
        outcome = await self._collect_generation.poll(job, None)
        while isinstance(outcome, AskAgain):
            await self._wait_for_poll(outcome.after)
            outcome = await self._collect_generation.poll(job, outcome.seen)
        return outcome

    async def _wait_for_poll(self, after: PollAfter) -> None:
        if after.for_all:
            self._poll_brake.pull(self._core.clock() + timedelta(seconds=after.seconds))
        else:
            await asyncio.sleep(after.seconds)
        await self._poll_brake.wait()

    async def _deliver(self, job: Job) -> None:
        with structlog.contextvars.bound_contextvars(job=job.id, guild=job.guild_id, user=job.user_id):
            try:
                await self._deliver_result.run(job)
            except DatabaseUnavailableError as error:
                await self._deliver_result.later(job, str(error))
            except Exception:  # the worker goes on whatever one job runs into
                log.exception("a delivery ran into something that nobody planned for")
                await self._deliver_result.later(job, "an error")
