"""A remix is asked for: the gate, the picture, and one transaction that queues it or refuses it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.images.prepare import PreparedSource, SourceLimits, prepare_source
from bot.rules import gate
from bot.rules.limits import needs_grant
from bot.rules.prices import Prices, Speed, reservation
from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import RemixRequest, check_shape
from bot.storage.engine.blobs import BlobMissingError, BlobStore
from bot.storage.engine.database import Connection, Database, DatabaseUnavailableError
from bot.storage.remixes import jobs, ledger, quotas
from bot.storage.remixes.jobs import Job, NewJob
from bot.storage.server_log import refusal_log
from bot.storage.standing import policies
from bot.use_cases.ports import Clock, JobListener, RefusalListener
from bot.use_cases.remixes.gate_facts import Asker, OperatorRules, Wanted, read_standing, read_submission

_PREPARED_AT_ONCE = 2
"""Pictures decoded at once: sixty million pixels take half a gigabyte."""


@dataclass(frozen=True, slots=True)
class SubmissionRules:
    """What the operator has set. `min_free_bytes`: with less on the disk nothing new is taken.

    `billed_images`: for how many images money is set aside a call.
    """

    operator: OperatorRules
    queue_age: timedelta
    prices: Prices
    billed_images: int
    source: SourceLimits
    min_free_bytes: int

    def reservation(self, speed: Speed) -> int:
        """Micro-dollars to set aside for a remix."""
        return reservation(speed, self.prices, self.billed_images)

    @property
    def cheapest(self) -> int:
        """Micro-dollars that the cheapest remix needs."""
        return min(map(self.reservation, Speed))


@dataclass(frozen=True, slots=True)
class Accepted:
    """It is queued, durably. `job` as it was then."""

    job: Job


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Everything that the transaction needs to queue a job."""

    request: RemixRequest
    spoiler: bool
    source_hash: str
    source_format: str
    again_of: int | None = None


@dataclass(frozen=True, slots=True)
class _Passage:
    """The gate's answer, and whether who is let in uses a remix that was granted."""

    refused: Refused | None
    needs_grant: bool


class SubmitRemix:
    """Every way in comes through here."""

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        rules: SubmissionRules,
        *,
        clock: Clock,
        free_bytes: Callable[[], int],
        listener: JobListener,
        refusals: RefusalListener | None = None,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._rules = rules
        self._clock = clock
        self._free_bytes = free_bytes
        self._listener = listener
        self._refusals = refusals
        self._preparing = asyncio.Semaphore(_PREPARED_AT_ONCE)
        self._stopping = False

    def stop(self) -> None:
        """Refuse everything from now on: the bot is shutting down."""
        self._stopping = True

    async def look(self, asker: Asker, speed: Speed | None = None) -> Refused | None:
        """Whether it would be refused now: asked before the picture is read, so that a refusal costs little."""
        if refused := await self._closed():
            return refused
        try:
            refused = await self._database.transaction(self._look, asker, speed)
        except DatabaseUnavailableError:
            return Refused(Reason.DISK_FULL)
        self._tell(asker, refused)
        return refused

    async def _closed(self) -> Refused | None:
        """To everybody."""
        if self._stopping:
            return Refused(Reason.BOT_STOPPING)
        free = await asyncio.to_thread(self._free_bytes)
        return Refused(Reason.DISK_FULL) if free < self._rules.min_free_bytes else None

    def _tell(self, asker: Asker, outcome: Accepted | Refused | None) -> None:
        """After the commit, who follows it."""
        if isinstance(outcome, Accepted):
            self._listener.job_changed(outcome.job.id)
        elif outcome is not None and outcome.by_rule and self._refusals is not None:
            self._refusals.refused(asker.guild_id)

    async def speed_for(self, guild_id: int) -> Speed:
        """What a remix is made with there whose author names no speed."""
        policy = await self._database.transaction(policies.read, guild_id)
        return policy.speed

    async def submit(self, asker: Asker, request: RemixRequest, picture: bytes, *, spoiler: bool) -> Accepted | Refused:
        """Queue a remix of that picture (the bytes as they were uploaded), or say why not. `look` first."""
        if refused := await self._closed():
            return refused
        async with self._preparing:
            source = await asyncio.to_thread(prepare_source, picture, self._rules.source)
        if isinstance(source, Refused):
            return source
        if refused := check_shape(request, source.width, source.height):
            return refused
        return await self._store_and_queue(asker, request, source, spoiler=spoiler)

    async def _store_and_queue(
        self, asker: Asker, request: RemixRequest, source: PreparedSource, *, spoiler: bool
    ) -> Accepted | Refused:
        try:
            source_hash = await asyncio.to_thread(self._blobs.put, source.data)
        except OSError:
            return Refused(Reason.DISK_FULL)
        return await self._queue(asker, _Prepared(request, spoiler, source_hash, source.format.value))

    async def submit_again(self, asker: Asker, job_id: int) -> Accepted | Refused:
        """Queue the same inputs once more, for whoever asks now. One open at a time per person and job."""
        if refused := await self.look(asker):
            return refused
        job = await self._database.transaction(jobs.find, job_id)
        if job is None or job.source_hash is None or job.guild_id != asker.guild_id:
            return Refused(Reason.PICTURE_GONE)
        # What moderators have put behind a spoiler does not come out by asking for it once more.
        try:
            await asyncio.to_thread(self._blobs.get, job.source_hash)
        except BlobMissingError:
            return Refused(Reason.PICTURE_GONE)
        return await self._queue(
            asker, _Prepared(job.request, job.covered, job.source_hash, job.source_format, again_of=job.id)
        )

    async def _queue(self, asker: Asker, prepared: _Prepared) -> Accepted | Refused:
        try:
            outcome = await self._database.transaction(self._accept, asker, prepared)
        except DatabaseUnavailableError:
            return Refused(Reason.DISK_FULL)
        self._tell(asker, outcome)
        return outcome

    def _look(self, connection: Connection, asker: Asker, speed: Speed | None) -> Refused | None:
        micros = self._rules.reservation(speed) if speed else self._rules.cheapest
        if jobs.find_by_interaction(connection, asker.interaction_id):
            return None  # Discord delivered it twice: the first one was let in
        return self._gate(connection, asker, Wanted(micros, speed), self._clock()).refused

    def _gate(self, connection: Connection, asker: Asker, wanted: Wanted, now: datetime) -> _Passage:
        """Everybody comes through here. A refusal by a rule of the server is written down for its moderators."""
        operator = self._rules.operator
        standing = read_standing(
            connection, asker.guild_id, asker.user_id, asker.channel_ids, operator.allowed_guild_ids
        )
        submission = read_submission(connection, asker, standing.policy, operator, wanted, now)
        refused = gate.decide(standing, submission, now)
        if refused is not None and refused.by_rule:
            refusal_log.add(connection, asker.guild_id, asker.channel_id, asker.user_id, refused.reason, now)
        return _Passage(refused, needs_grant(submission.usage, submission.limits, now))

    def _accept(self, connection: Connection, asker: Asker, prepared: _Prepared) -> Accepted | Refused:
        now = self._clock()
        speed = prepared.request.speed
        micros = self._rules.reservation(speed)
        job = jobs.find_by_interaction(connection, asker.interaction_id)
        if job is None:
            if prepared.again_of and (refused := _refused_again(connection, asker, prepared.again_of)):
                return refused
            passage = self._gate(connection, asker, Wanted(micros, speed), now)
            if passage.refused:
                return passage.refused
            job = jobs.add(connection, self._new_job(asker, prepared), now)
            ledger.reserve(connection, job, micros, now, self._rules.operator.ceilings)
            ledger.start_cooldown(connection, job, now)
            quotas.use(connection, job, now, from_grant=passage.needs_grant)
        return Accepted(job)

    def _new_job(self, asker: Asker, prepared: _Prepared) -> NewJob:
        return NewJob(
            interaction_id=asker.interaction_id,
            guild_id=asker.guild_id,
            channel_id=asker.channel_id,
            parent_channel_id=asker.parent_channel_id,
            user_id=asker.user_id,
            reply_token=asker.reply_token,
            request=prepared.request,
            spoiler=prepared.spoiler,
            source_hash=prepared.source_hash,
            source_format=prepared.source_format,
            queue_until=self._clock() + self._rules.queue_age,
            again_of=prepared.again_of,
        )


def _refused_again(connection: Connection, asker: Asker, job_id: int) -> Refused | None:
    """Asked in the transaction that queues it: a moderator may have removed the result since its picture was read."""
    if jobs.get(connection, job_id).removed_at is not None:
        return Refused(Reason.PICTURE_GONE)
    return Refused(Reason.AGAIN_ALREADY_OPEN) if jobs.find_active_repeat(connection, asker.user_id, job_id) else None
