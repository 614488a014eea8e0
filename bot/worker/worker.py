"""Runs queued jobs until they are delivered, in three stages: generate, resume (after a restart) and deliver."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from bot.ideogram.wire import RemixResponse
from bot.rules.api_trouble import ApiTrouble
from bot.rules.delivery_places import MAX_DELIVERIES, DeliveryPlaces
from bot.rules.failures import ProviderFailure
from bot.rules.generations import Generation
from bot.rules.job_states import JobState
from bot.rules.polling import first_poll
from bot.rules.retries import RetryAt, WaitForSlot
from bot.storage.engine.blobs.store import BlobsAwayError
from bot.storage.engine.database import Connection, DatabaseUnavailableError, OutcomeUnknownError
from bot.storage.processes.brakes import Brake as SharedBrake
from bot.storage.remixes import claims
from bot.storage.remixes.jobs import Job
from bot.use_cases.core import Core
from bot.use_cases.remixes.deliver_result import DeliverResult
from bot.use_cases.remixes.generate_image import GenerateImage, PreparedJob
from bot.use_cases.remixes.poll_generation import PollAgain, PollGeneration
from bot.use_cases.shared_calls import NoSlot, SharedCalls
from bot.worker.brake import Brake
from bot.worker.shared_slots import SharedSlots
from bot.worker.slots import CallPlace, CallSlots, Slots
from bot.worker.stage import Claimed, Stage

AHEAD = 3
"""Jobs that are claimed beyond the slots and have their source read, so that a free slot never waits for the disk."""

MAX_RESUMED = 1_000
_TAKEN_AFTER_S = 2.0
_LOOK_AGAIN = timedelta(seconds=2)
"""While the other processes do not count on this one, it claims nothing."""
_LOOK_FOR_PICTURES = timedelta(seconds=1)
_AFTER_PICTURE_ERROR = timedelta(seconds=30)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Submitted:
    """Ideogram answered the submit with an id. `job` carries it and is polled until the generation ends."""

    job: Job


@dataclass(frozen=True, slots=True)
class _WaitForSlot:
    """Ideogram had no room. `job` is queued again, under the same claim."""

    job: Job
    told: int | None


_SubmitOutcome = RemixResponse | _Submitted | _WaitForSlot | None
"""None: nothing was generated, and the job's record says why."""


class _Claims:
    """Claims jobs of one stage under numbers. A claim that may have been stored or not is looked up by its number."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._unsure: int | None = None

    async def claim(self, take: Callable[[Connection, int], Claimed]) -> Claimed:
        number, was_unsure = self._unsure or next(self._core.claims), self._unsure is not None

        def claim(connection: Connection) -> Claimed | None:
            if not (self._core.process.may_act and self._core.process.is_member(connection)):
                return None
            found = claims.find_claimed(connection, self._core.lease, number) if was_unsure else []
            return Claimed(found, self._core.clock()) if found else take(connection, number)

        try:
            claimed = await self._core.database.transaction(claim)
        except OutcomeUnknownError:
            self._unsure = number
            raise
        if claimed is None:
            # A claim that nobody knows of yet may be stored, so its number is kept: no other process would void it.
            return Claimed([], self._core.clock() + _LOOK_AGAIN)
        self._unsure = None
        return claimed


@dataclass(slots=True)
class _Call:
    """A job with its paid call: as it has begun, and whether the call may have left without an answer on record."""

    job: Job
    was_sent: bool = False


class Worker:
    """Turns queued jobs into delivered ones until it is stopped."""

    def __init__(
        self,
        core: Core,
        generate: GenerateImage,
        poll: PollGeneration,
        deliver: DeliverResult,
        trouble: ApiTrouble,
        *,
        slots: int,
        submits: int,
        shared: SharedCalls | None = None,
    ) -> None:
        """`shared`: the calls of several processes. None: this one has all slots for itself."""
        clock = core.clock
        self._core = core
        self._generate_image = generate
        self._poll_generation = poll
        self._deliver_result = deliver
        self._trouble = trouble
        self._shared = shared
        self._submits = asyncio.Semaphore(submits)
        self._brake = Brake(clock)
        # Polls have a limit of their own at Ideogram, 1,000 in 10 s, so a 429 to one delays no paid call.
        self._poll_brake = Brake(clock)
        self._stopping = False
        self._other_stages: list[asyncio.Task[None]] = []
        self._queued_claims, self._submitted_claims, self._generated_claims = (_Claims(core) for _ in range(3))
        self._generating = self._stage("generate", lambda: self._slots.room + AHEAD, self._claim_queued, self._generate)
        self._slots: CallSlots = (
            Slots(slots) if shared is None else SharedSlots(shared, core.process, submits, self._generating.wake)
        )
        # There may be more of these than slots, if the operator lowered IDEOGRAM_MAX_IN_FLIGHT before the restart.
        self._resuming = self._stage("resume", lambda: MAX_RESUMED, self._claim_submitted, self._resume)
        self._delivering = self._stage("deliver", lambda: MAX_DELIVERIES, self._claim_generated, self._deliver)

    def _stage(
        self,
        name: str,
        room: Callable[[], int],
        claim: Callable[[int], Coroutine[None, None, Claimed]],
        work: Callable[[Job], Coroutine[None, None, None]],
    ) -> Stage:
        return Stage(name, room=room, claim=claim, work=work, clock=self._core.clock, news=self._core.news)

    @property
    def has_lost_a_stage(self) -> bool:
        """Whether resuming or delivering has ended by an error, which `run` raises at the stop only."""
        return any(task.done() and not self._stopping for task in self._other_stages)

    @property
    def slots_in_use(self) -> int:
        return self._slots.in_flight

    def wake(self) -> None:
        """Look for new jobs. The worker itself wakes the next stage when one of its jobs is ready for it."""
        self._slots.look()
        self._generating.wake()
        self._delivering.wake()

    def look_for_slots(self) -> None:
        """The worker of another process has let one go."""
        self._slots.look()

    async def run(self) -> None:
        """Runs until `stop`, and then until the answers of all paid calls are recorded and their results delivered."""
        if self._shared is not None and self._core.process.workers <= 1:
            await self._shared.forget_limit()
        # Generations of an earlier process take their slots before anything new is submitted: Ideogram counts them too.
        await self._resuming.claim_and_start()
        resuming = asyncio.create_task(self._resuming.run(), name="resume")
        delivering = asyncio.create_task(self._delivering.run(), name="deliver")
        self._other_stages = [resuming, delivering]
        try:
            await self._generating.run()
            self._resuming.stop()
            await resuming
            self._delivering.stop()
            await delivering
            await self._delivering.drain()
        finally:
            self._resuming.stop()
            self._delivering.stop()
            await asyncio.gather(resuming, delivering)

    def stop(self) -> None:
        """Make no more paid calls. Those that have begun go on."""
        self._stopping = True
        self._brake.disable()
        self._slots.stop()
        self._generating.stop()

    def give_up(self) -> None:
        """Cancel every task, after the grace time. The next start polls jobs that have an id and parks the others."""
        self._generating.cancel()
        self._resuming.cancel()
        self._delivering.cancel()

    async def _claim_queued(self, limit: int) -> Claimed:
        if waits := self._waits_for_pictures():
            return waits

        def claim(connection: Connection, number: int) -> Claimed:
            jobs = claims.claim_queued(connection, self._core.lease, limit, self._core.clock(), claim=number)
            # A full claim leaves no room for the next job, so when that is due does not matter yet.
            return Claimed(jobs, None if len(jobs) == limit else claims.next_queued_due(connection))

        return await self._queued_claims.claim(claim)

    def _waits_for_pictures(self) -> Claimed | None:
        """While they are away, no source can be read and no result be stored."""
        away = self._core.blobs.away_reason is not None
        return Claimed((), self._core.clock() + _LOOK_FOR_PICTURES) if away else None

    async def _claim_submitted(self, limit: int) -> Claimed:
        def claim(connection: Connection, number: int) -> Claimed:
            jobs = claims.claim_submitted(connection, self._core.lease, limit, self._core.clock(), claim=number)
            return Claimed(jobs, None if len(jobs) == limit else claims.next_submitted_due(connection))

        return await self._submitted_claims.claim(claim)

    async def _claim_generated(self, limit: int) -> Claimed:
        if waits := self._waits_for_pictures():
            return waits
        taken = [(job.channel_id, job.guild_id) for job in self._delivering.jobs]

        def claim(connection: Connection, number: int) -> Claimed:
            places, now = DeliveryPlaces(taken), self._core.clock()
            jobs = claims.claim_generated(connection, self._core.lease, limit, now, places, claim=number)
            return Claimed(jobs, None if len(jobs) == limit else claims.next_generated_due(connection, places))

        return await self._generated_claims.claim(claim)

    async def _generate(self, job: Job) -> None:
        async with self._abandon_on_error(job) as call:
            response = await self._call(job, call)
            # The slot is free before the answer is recorded and fetched, so the next call begins meanwhile: slots are
            # in use for more than 98 % of the time, even with calls of one second (docs/benchmarks.md).
            if response is not None:
                await self._generate_image.record_answer(call.job, response)

    async def _call(self, job: Job, call: "_Call") -> RemixResponse | None:
        """The paid call, in a slot. None: it brought no images, and the job's record says why."""
        prepared, was_refused = None, False
        while True:
            with self._slots.line_up(first=was_refused, images=job.request.images) as place:
                prepared = prepared or await self._generate_image.prepare(job)
                if prepared is None:
                    return None
                outcome = await self._submit_in_turn(prepared, call, place)
                if isinstance(outcome, _WaitForSlot):
                    place.refused(outcome.told)
                    prepared, was_refused = replace(prepared, job=outcome.job), True
                    continue
                if outcome is not None:
                    place.taken()
                if isinstance(outcome, _Submitted):
                    await asyncio.sleep(first_poll(self._poll_generation.pace).seconds)
                    return await self._poll(outcome.job)
                return outcome

    async def _resume(self, job: Job) -> None:
        """Go on with a generation that an earlier process submitted. It may have ended, so it is polled at once."""
        async with self._abandon_on_error(job) as call:
            call.was_sent = True
            async with self._slots.acquire_now(job.request.images):
                response = await self._poll(job)
            if response is not None:
                await self._generate_image.record_answer(job, response)

    @asynccontextmanager
    async def _abandon_on_error(self, job: Job) -> "AsyncIterator[_Call]":
        call = _Call(job)
        with structlog.contextvars.bound_contextvars(job=job.id, guild=job.guild_id, user=job.user_id):
            try:
                yield call
            except (DatabaseUnavailableError, BlobsAwayError) as error:
                log.error("a job cannot go on; will try again", reason=str(error))
                # While the pictures are away nothing is claimed. An error of this one alone would come again at once.
                is_alone = isinstance(error, BlobsAwayError) and self._core.blobs.away_reason is None
                due_in = _AFTER_PICTURE_ERROR if is_alone else timedelta(0)
                await self._generate_image.abandon(job, was_sent=call.was_sent, due_in=due_in)
            except Exception:  # one job must not stop the worker
                log.exception("a job failed unexpectedly")
                await self._generate_image.abandon(job, was_sent=call.was_sent)
                self._resuming.wake()
        self._slots.recorded()
        self._core.news.slot_freed()
        self._delivering.wake()

    async def _submit_in_turn(self, prepared: PreparedJob, call: "_Call", place: CallPlace) -> _SubmitOutcome:
        while True:
            await place.wait()
            outcome = await self._submit(prepared, call, place)
            if not isinstance(outcome, NoSlot):
                return outcome
            place.no_slot(outcome.seconds)

    async def _submit(self, prepared: PreparedJob, call: "_Call", place: CallPlace) -> _SubmitOutcome | NoSlot:
        # With ids there is one submit at a time: a crash then loses at most one answer whose id is not recorded yet.
        async with self._submits:
            await self._brake.wait()
            if self._stopping:
                return None
            job = await self._generate_image.begin(prepared.job)
            self._heed_others()
            if job is None or isinstance(job, NoSlot):
                return job
            place.began()
            call.job, call.was_sent = job, True
            outcome = await self._ask(prepared)
            if isinstance(outcome, RemixResponse):
                return outcome
            if isinstance(outcome, Generation):
                call.job = await self._generate_image.record_submitted(job, outcome)
                return _Submitted(call.job)
            # A failure is recorded with the slot in hand, so that not every slot tries a rejected key.
            decision = await self._generate_image.record_failure(job, outcome)
            call.was_sent = False
            if isinstance(decision, RetryAt) and decision.for_all:
                self._brake.pull(decision.at)
        if isinstance(decision, WaitForSlot):
            return _WaitForSlot(replace(job, state=JobState.QUEUED, attempts=job.attempts - 1), decision.told)
        return None

    def _heed_others(self) -> None:
        """Wait where Ideogram has asked another process to wait."""
        if self._shared is not None:
            for name, brake in ((SharedBrake.SUBMIT, self._brake), (SharedBrake.POLL, self._poll_brake)):
                if (seconds := self._shared.wait_s(name)) > 0:
                    brake.pull(self._core.clock() + timedelta(seconds=seconds))

    async def _ask(self, prepared: PreparedJob) -> RemixResponse | Generation | ProviderFailure:
        # A refusal is answered at once. What goes on for longer was taken, long before `v1` answers it.
        taken = asyncio.get_running_loop().call_later(_TAKEN_AFTER_S, self._trouble.end)
        try:
            outcome = await self._generate_image.ask(prepared)
        finally:
            taken.cancel()
        self._trouble.note(outcome, others=self._slots.all_in_flight - prepared.job.request.images)
        return outcome

    async def _poll(self, job: Job) -> RemixResponse | None:
        """Poll until the generation ends. None: it brought no images, and the job's record says why."""
        outcome = await self._poll_generation.poll(job, None)
        while isinstance(outcome, PollAgain):
            if outcome.after.for_all:
                self._poll_brake.pull(self._core.clock() + timedelta(seconds=outcome.after.seconds))
            else:
                await asyncio.sleep(outcome.after.seconds)
            await self._poll_brake.wait()
            outcome = await self._poll_generation.poll(job, outcome.streak)
        return outcome

    async def _deliver(self, job: Job) -> None:
        with structlog.contextvars.bound_contextvars(job=job.id, guild=job.guild_id, user=job.user_id):
            try:
                await self._deliver_result.run(job)
            except DatabaseUnavailableError as error:
                await self._deliver_result.later(job, str(error))
            except Exception:  # one job must not stop the worker
                log.exception("a delivery failed unexpectedly")
                await self._deliver_result.later(job, "an error")
