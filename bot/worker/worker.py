"""Three stages with a concurrency each: prepare and generate (only the paid call holds a slot), then deliver."""

import asyncio
from datetime import timedelta

import structlog

from bot.ideogram.wire import Answer
from bot.rules.job_states import JobState
from bot.storage import claims
from bot.storage.database import Connection, Database, DatabaseUnavailableError
from bot.storage.jobs import Job
from bot.use_cases.deliver_result import DeliverResult
from bot.use_cases.generate_image import GenerateImage, Prepared
from bot.use_cases.interfaces import Clock
from bot.worker.brake import Brake
from bot.worker.stage import Claimed, Stage

AHEAD = 3
"""Jobs claimed and prepared before a slot is free, so that a slot never waits for the disk."""

DELIVERIES = 8
"""Results fetched and posted at once."""

log = structlog.get_logger(__name__)


class Worker:
    """Turns queued jobs into delivered ones until it is stopped."""

    def __init__(
        self,
        database: Database,
        generate: GenerateImage,
        deliver: DeliverResult,
        *,
        slots: int,
        lease: str,
        clock: Clock,
    ) -> None:
        self._database = database
        self._generate_image = generate
        self._deliver_result = deliver
        self._lease = lease
        self._clock = clock
        self._slots = asyncio.Semaphore(slots)
        self._brake = Brake(clock)
        self._stopping = False
        self._generating = Stage(
            "generate", room=slots + AHEAD, claim=self._claim_queued, work=self._generate, clock=clock
        )
        self._delivering = Stage(
            "deliver", room=DELIVERIES, claim=self._claim_generated, work=self._deliver, clock=clock
        )

    def wake(self) -> None:
        """There may be new work."""
        self._generating.wake()
        self._delivering.wake()

    async def run(self) -> None:
        """Until `stop`: then until the paid calls are on record and what they brought is delivered."""
        delivering = asyncio.create_task(self._delivering.run(), name="deliver")
        try:
            await self._generating.run()
            await self._deliver_the_rest()
        finally:
            self._delivering.stop()
            await delivering

    def stop(self) -> None:
        """Begin no paid call any more. Calls that have begun go on."""
        self._stopping = True
        self._brake.let_go()
        self._generating.stop()

    def give_up(self) -> None:
        """The grace time is over: end every task. What is not on record is parked at the next start."""
        self._generating.cancel()
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
        def claim(connection: Connection) -> Claimed:
            jobs = claims.claim_queued(connection, self._lease, limit, self._clock())
            return Claimed(jobs, claims.next_due(connection, JobState.QUEUED))

        return await self._database.transaction(claim)

    async def _claim_generated(self, limit: int) -> Claimed:
        def claim(connection: Connection) -> Claimed:
            jobs = claims.claim_generated(connection, self._lease, limit, self._clock())
            return Claimed(jobs, claims.next_due(connection, JobState.GENERATED))

        return await self._database.transaction(claim)

    async def _generate(self, job: Job) -> None:
        with structlog.contextvars.bound_contextvars(job=job.id, guild=job.guild_id, user=job.user_id):
            try:
                prepared = await self._generate_image.prepare(job)
                if prepared is not None:
                    await self._generate_prepared(prepared)
            except DatabaseUnavailableError as error:
                log.error("a job cannot be begun; will try again", reason=str(error))
                await self._generate_image.abandon(job, due_in=timedelta(0))
            except Exception:  # the worker goes on whatever one job runs into
                log.exception("a job ran into something that nobody planned for")
                await self._generate_image.abandon(job)
        self._delivering.wake()

    async def _generate_prepared(self, prepared: Prepared) -> None:
        job = prepared.job
        async with self._slots:
            await self._brake.wait()
            if self._stopping or not await self._generate_image.begin(job):
                return
            outcome = await self._generate_image.ask(prepared)
            if not isinstance(outcome, Answer):
                until = await self._generate_image.record_failure(job, outcome)
                if until is not None:
                    self._brake.pull(until)
                return
        # The slot is free from here: writing down and fetching need none.
        await self._generate_image.record_answer(job, outcome)

    async def _deliver(self, job: Job) -> None:
        with structlog.contextvars.bound_contextvars(job=job.id, guild=job.guild_id, user=job.user_id):
            try:
                await self._deliver_result.run(job)
            except DatabaseUnavailableError as error:
                await self._deliver_result.later(job, str(error))
            except Exception:  # the worker goes on whatever one job runs into
                log.exception("a delivery ran into something that nobody planned for")
                await self._deliver_result.later(job, "an error")
