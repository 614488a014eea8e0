"""Makes the paid call of a job once, and records its answer or decides what its failure means.

If Ideogram answers with an id instead of images, poll_generation.py polls for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.ideogram.client import IdeogramClient
from bot.ideogram.errors import IdeogramError, InvalidInputError
from bot.ideogram.wire import RemixResponse, ResponseImage, SourcePicture
from bot.images.formats import PictureFormat
from bot.rules import retries
from bot.rules.appeals import picture_key
from bot.rules.failures import FailureKind, ProviderFailure, ProviderProblem
from bot.rules.gate import StandingFacts, decide_again
from bot.rules.generations import Generation
from bot.rules.job_states import JobState
from bot.rules.membership import Absent, Membership
from bot.rules.prices import settlement
from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import likely_mistake
from bot.rules.removals import ends_unmade
from bot.rules.retries import GiveUp, HoldQueue, Park, RetryAt, WaitForSlot
from bot.storage.appeals import appealable
from bot.storage.engine.blobs.store import BlobMissingError
from bot.storage.engine.database import Connection
from bot.storage.engine.together import Together
from bot.storage.remixes import claims, families, holds, jobs
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.results import Result
from bot.use_cases.author_facts import AuthorFacts
from bot.use_cases.core import Core, Counted
from bot.use_cases.listed_pictures import judging
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.remixes.endings import end_unmade, fail_job
from bot.use_cases.remixes.fetch_results import log_hold
from bot.use_cases.remixes.gate_facts import read_standing
from bot.use_cases.remixes.submitting.allowed_once import source_still_allowed
from bot.use_cases.remixes.submitting.words_since import MemberUnknownError, note_review, with_words_since
from bot.use_cases.remixes.unknown_outcomes import (
    Answer,
    record_late_answer,
    record_late_failure,
    record_results,
    record_unknown_outcome,
)
from bot.use_cases.shared_calls import NoSlot, SharedCalls
from bot.use_cases.surely import transaction_first_surely, transaction_surely, until_known

_WAIT_AFTER_ERROR = timedelta(seconds=30)
_NOT_SENT = "not sent"

# These end a waiting job. A pause does not: it only makes the job wait longer.
_ENDING_REASONS = {
    Reason.SERVER_NOT_ALLOWED: FailureKind.SERVER_NOT_ALLOWED,
    Reason.PERSON_BLOCKED: FailureKind.PERSON_BLOCKED,
    Reason.SERVER_BLOCKED: FailureKind.SERVER_BLOCKED,
    Reason.MEMBER_BLOCKED: FailureKind.MEMBER_BLOCKED,
    Reason.CHANNEL_NOT_ALLOWED: FailureKind.CHANNEL_NOT_ALLOWED,
    Reason.MEMBER_GONE: FailureKind.MEMBER_GONE,
    Reason.BOT_GONE: FailureKind.BOT_GONE,
    Reason.MEMBER_TIMED_OUT: FailureKind.MEMBER_TIMED_OUT,
    Reason.ROLE_IGNORED: FailureKind.ROLE_NOT_ALLOWED,
    Reason.ROLE_MISSING: FailureKind.ROLE_NOT_ALLOWED,
    Reason.MEMBER_TOO_NEW: FailureKind.MEMBER_TOO_NEW,
    Reason.WORD_REFUSED: FailureKind.WORD_NOT_ALLOWED,
    Reason.AUTOMOD_REFUSED: FailureKind.WORD_NOT_ALLOWED,
    Reason.PICTURE_REMEMBERED: FailureKind.PICTURE_NOT_ALLOWED,
    Reason.PICTURE_BANNED: FailureKind.PICTURE_NOT_ALLOWED,
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PreparedJob:
    """A claimed job with its source in memory, ready for a slot."""

    job: Job
    source: SourcePicture


class GenerateImage:
    """Takes a claimed job to the point where its answer is recorded."""

    def __init__(
        self,
        core: Core,
        ideogram: IdeogramClient,
        rules: OperatorRules,
        authors: AuthorFacts,
        shared: SharedCalls | None = None,
    ) -> None:
        """`shared`: what limits the calls of several processes. None: there is one, and its worker has all slots."""
        self._core = core
        self._ideogram = ideogram
        self._rules = rules
        self._authors = authors
        self._shared = shared
        # A process that waits for the lock of all transactions begins as many calls as it can once it has it.
        self._begun_together: Together[Job | NoSlot | None] | None = None
        if shared is not None:
            self._begun_together = Together(core.database, lambda begun: isinstance(begun, NoSlot))

    async def prepare(self, job: Job) -> PreparedJob | None:
        """Read the source picture. None: it is lost, and the job has failed."""
        try:
            data = await self._core.blobs.in_thread(self._core.blobs.get, job.source_hash or "")
        except BlobMissingError:
            log.error("the source of a job is missing or damaged", job=job.id)
            await transaction_surely(self._core.database, self._fail_queued, job, FailureKind.SOURCE_LOST)
            self._core.news.job_changed(job.id)
            return None
        # Ahead of the slot, so that `begin` finds the answers.
        await self._authors.ask(job)
        await self._core.prepare_picture(job.guild_id, job.source_hash or "", data, job.user_id)
        format_ = PictureFormat(job.source_format)
        return PreparedJob(job, SourcePicture(data, format_.mime, format_.extension))

    def _fail_queued(self, connection: Connection, job: Job, kind: FailureKind) -> None:
        if current := claims.find_held(connection, job):
            removal = families.removal_of(connection, current)
            fail_job(connection, job, kind if removal is None else ends_unmade(removal), self._core.clock())

    async def begin(self, job: Job) -> Job | NoSlot | None:
        """Commit `generating`, after which the paid call must be made. Call it with a slot of this process in hand.

        Returns the job as the call has it. None: it was cancelled or has ended, or the queue is held or paused by now.
        NoSlot: the calls of all processes leave no room for it, so its worker keeps it.
        """
        return await judging(lambda: self._begin_knowing_author(job), self._core.prepare_picture)

    async def _begin_knowing_author(self, job: Job) -> Job | NoSlot | None:
        """Raises PictureUnknownError."""
        try:
            return await self._begin_as(job, await self._authors.ask(job), was_asked=False)
        except MemberUnknownError:
            # Rarely: Discord was not asked, because the job is young, and its AutoMod has changed meanwhile.
            member = await self._authors.look_up(job.guild_id, job.user_id)
            return await self._begin_as(job, member, was_asked=True)

    async def _begin_as(self, job: Job, member: Membership | Absent | None, *, was_asked: bool) -> Job | NoSlot | None:
        """Raises MemberUnknownError and PictureUnknownError."""
        was_tried = False

        def begin(connection: Connection) -> Job | NoSlot | None:
            nonlocal was_tried
            tried_before, was_tried = was_tried, True
            # The POST leaves after this transaction alone, so a call that is on record was not made yet.
            if tried_before and (begun := claims.find_held(connection, _as_begun(job, job.generating_at))):
                return begun
            return self._begin(connection, job, member, was_asked=was_asked)

        # Before other transactions, because an API slot waits for this commit.
        together = self._begun_together
        begun = await until_known(
            lambda: together.run(begin) if together else self._core.database.transaction_first(begin)
        )
        if not isinstance(begun, NoSlot):
            self._core.news.job_changed(job.id)
        return begun

    def _begin(
        self, connection: Connection, job: Job, member: Membership | Absent | None, *, was_asked: bool
    ) -> Job | NoSlot | None:
        now = self._core.clock()
        current = claims.find_held(connection, job)
        if current is None or not self._core.process.is_member(connection):
            return None
        asked = None if self._shared is None else self._shared.ask(connection, job.request.images)
        if isinstance(asked, NoSlot):
            return asked
        if not self._is_wanted(connection, current, member, now, was_asked=was_asked):
            return None
        begin, begun = (JobState.QUEUED, JobState.GENERATING), _as_begun(job, now)
        kept = {"lease": job.lease, "calls": begun.calls, "attempts": begun.attempts, "generating_at": now}
        changes = {**kept, "starts_at": None}
        if not jobs.try_move(connection, job.id, begin, cause="slot", now=now, holder=job, changes=changes):
            return None
        if self._shared is not None and asked is not None:
            self._shared.begun(connection, asked, job.request.images)
        return begun

    def _is_wanted(
        self,
        connection: Connection,
        current: Job,
        member: Membership | Absent | None,
        now: datetime,
        *,
        was_asked: bool,
    ) -> bool:
        """Whether to pay for the job now. If not, it has ended, or waits without a claim."""
        if removal := families.stopped_by(connection, current):
            # Nobody would see the result, so none is paid for.
            families.mark_removed(connection, current.id, removal, now)
            end_unmade(connection, current, removal, now)
            return False
        standing = self._standing_now(connection, current, member, was_asked=was_asked)
        refused = decide_again(standing, now, member)
        if kind := self._failure_now(current, refused, now):
            if refused is not None and refused.listed:
                appealable.note_listed(connection, current.id, picture_key(refused.listed))
            fail_job(connection, current, kind, now)
            return False
        hold = holds.read(connection)
        if refused or (hold is not None and hold.trial_job_id != current.id):
            claims.release(connection, current, current.due_at, attempts=current.attempts)
            return False
        if standing.words.version:
            note_review(connection, current, standing, member, now)
        return True

    def _standing_now(
        self, connection: Connection, job: Job, member: Membership | Absent | None, *, was_asked: bool
    ) -> StandingFacts:
        """What the gate asks again: a member may have been blocked since, or a word listed, and nothing is paid yet."""
        allowed = self._rules.allowed_guild_ids
        standing = read_standing(connection, job.guild_id, job.user_id, job.channel_ids, allowed)
        picture = self._core.listed_pictures.judge(connection, job.guild_id, job.source_hash)
        standing = replace(standing, picture=source_still_allowed(connection, job, picture))
        return with_words_since(self._core, connection, standing, job, member, was_asked=was_asked)

    def _failure_now(self, job: Job, refused: Refused | None, now: datetime) -> FailureKind | None:
        if refused is not None and refused.reason in _ENDING_REASONS:
            return _ENDING_REASONS[refused.reason]
        return FailureKind.QUEUE_EXPIRED if job.queue_until <= now else None

    async def ask(self, prepared: PreparedJob) -> RemixResponse | Generation | ProviderFailure:
        """Make the paid call. Never repeated here: Ideogram has no idempotency key, so it would be paid twice."""
        if not self._core.process.may_act:
            # The others may have given this process up since `begin`, and count the call as lost.
            log.error("a paid call was not made: this process has not been heard of for too long", job=prepared.job.id)
            return ProviderFailure(ProviderProblem.TURNED_AWAY)
        try:
            answer = await self._ideogram.submit(prepared.job.request, prepared.source)
        except IdeogramError as error:
            self._core.news.count(Counted.PROVIDER_CALL, error.problem)
            log.warning("a paid call failed", job=prepared.job.id, error=str(error), executed=error.executed)
            if isinstance(error, InvalidInputError):
                mistake = likely_mistake(prepared.job.request, len(prepared.source.data))
                return replace(error.failure, kind=mistake)
            return error.failure
        self._core.news.count(Counted.PROVIDER_CALL, "images" if isinstance(answer, RemixResponse) else "accepted")
        return answer

    async def record_submitted(self, job: Job, generation: Generation) -> Job:
        """Commit the id before anything else: from then on a later start can poll for the paid result."""
        submitted, held_before = await transaction_surely(self._core.database, self._record_submitted, job, generation)
        if held_before:
            log.warning("the provider takes work again: the queue goes on")
        return submitted

    def _record_submitted(self, connection: Connection, job: Job, generation: Generation) -> tuple[Job, bool]:
        now = self._core.clock()
        submitted = replace(
            job, generation_api=generation.api, generation_id=generation.id, submitted_at=job.submitted_at or now
        )
        held = claims.find_held(connection, job)
        if self._shared is not None:
            self._shared.taken(connection)
            if held is None:
                self._shared.still_runs(connection, job)
        if held is None:
            # It is polled all the same, because its answer is paid for.
            log.error("a generation was submitted after its job was given up", job=job.id, generation=generation.id)
            claims.note_generation(connection, job, generation, now)
        elif held.generation != generation:
            claims.mark_submitted(connection, job, generation, now)
            return submitted, holds.lift(connection)
        return submitted, False

    async def record_answer(self, job: Job, answer: RemixResponse) -> None:
        """Commit the cost and the links, which live for 24 hours."""
        # Before other transactions, also those that begin a paid call in the slot that this answer has freed. So a
        # crash never finds more calls without an answer than there are slots.
        host = self._ideogram.refused_host(image.url for image in answer.images if image.url)
        held_before = await transaction_first_surely(self._core.database, self._record_answer, job, answer, host)
        if held_before:
            log.warning("the provider takes work again: the queue goes on")
        if host is not None:
            log_hold(host)
        self._core.news.job_changed(job.id)

    def _record_answer(
        self, connection: Connection, job: Job, response: RemixResponse, refused_host: str | None
    ) -> bool:
        now, running = self._core.clock(), claims.find_held(connection, job)
        by_list = settlement(job.speed, len(response.images), self._rules.prices)
        cost = by_list if response.cost_micros is None else response.cost_micros
        answer = Answer(_as_results(response.images), cost, by_list=cost == by_list)
        if self._shared is not None and job.generation is None:
            self._shared.taken(connection)
        if running is None:
            record_late_answer(connection, job, answer, now)
            return False
        record_results(connection, running, answer, now, cause="answered")
        # A poll costs nothing, so its success shows that the key works, and not that there is money again.
        lifted = holds.lift(connection, None if running.generation is None else ProviderProblem.KEY_REJECTED)
        if refused_host is not None:
            # With the answer: the next paid call may begin as soon as that is committed.
            holds.place_for_host(connection, job.id, refused_host)
        return lifted

    async def record_failure(self, job: Job, failure: ProviderFailure) -> retries.Decision:
        """Decide and record what follows. After WaitForSlot the job is queued again, under the same lease."""
        decision = await transaction_surely(self._core.database, self._record_failure, job, failure)
        self._core.news.job_changed(job.id)
        if isinstance(decision, HoldQueue):
            log.error("the queue is held until the provider takes work again", problem=decision.problem)
        return decision

    def _record_failure(self, connection: Connection, job: Job, failure: ProviderFailure) -> retries.Decision:
        now = self._core.clock()
        decision = retries.decide(failure, job.attempts, now, self._core.jitter())
        followed = self._follow(connection, job, failure, decision, now)
        if self._shared is not None:
            self._shared.failed(connection, decision, failure.problem, now)
        return followed

    def _follow(
        self, connection: Connection, job: Job, failure: ProviderFailure, decision: retries.Decision, now: datetime
    ) -> retries.Decision:
        """Returns the decision, or what becomes of a call with an unknown outcome that is made once more."""
        running = claims.find_held(connection, job)
        if running is None:
            if not isinstance(decision, Park):
                kind = decision.kind if isinstance(decision, GiveUp) else None
                record_late_failure(connection, job, kind, now)
            return decision
        match decision:
            case RetryAt(at=at):
                self._requeue(connection, running, at, failure.problem)
            case WaitForSlot():
                # It was no failure of the job, so it does not count as one of its attempts.
                self._requeue(
                    connection, replace(running, attempts=running.attempts - 1), now, failure.problem, self._core.lease
                )
            case HoldQueue(problem=problem):
                holds.place(connection, problem, now)
                self._requeue(connection, running, now, problem)
            case GiveUp(kind=kind):
                fail_job(connection, running, kind, now)
                # Ideogram judged the request itself, so it accepts the key and the balance.
                holds.lift(connection)
            case Park():
                if again_at := record_unknown_outcome(connection, running, failure.problem, now, self._rules):
                    return RetryAt(again_at, for_all=False)
        return decision

    def _requeue(
        self, connection: Connection, job: Job, due_at: datetime, cause: str, lease: str | None = None
    ) -> None:
        back = (JobState.GENERATING, JobState.QUEUED)
        kept = {"due_at": due_at, "attempts": job.attempts, "generating_at": None, "lease": lease}
        jobs.move(connection, job.id, back, cause=cause, now=self._core.clock(), holder=job, changes=kept)

    async def abandon(self, job: Job, *, was_sent: bool = True, due_in: timedelta = _WAIT_AFTER_ERROR) -> None:
        """After an unexpected error: park the job if its call may have been paid, else try it again later.

        `was_sent`: whether the call that has begun may have left.
        """
        await transaction_surely(self._core.database, self._abandon, job, was_sent, due_in)
        self._core.news.job_changed(job.id)

    def _abandon(self, connection: Connection, job: Job, was_sent: bool, due_in: timedelta) -> None:
        current, due_at = jobs.get(connection, job.id), self._core.clock() + due_in
        if (current.lease, current.claim) != (job.lease, job.claim):
            return
        if current.state is not JobState.GENERATING or current.generation is not None:
            claims.release(connection, job, due_at, attempts=current.attempts + 1)
        elif was_sent:
            record_unknown_outcome(connection, current, "error", self._core.clock(), self._rules)
        else:
            self._requeue(connection, current, due_at, _NOT_SENT)


def _as_begun(job: Job, now: datetime | None) -> Job:
    """The job once its next paid call has begun."""
    calls, attempts = job.calls + 1, job.attempts + 1
    return replace(
        job, state=JobState.GENERATING, calls=calls, attempts=attempts, generating_at=now, starts_at=None, due_at=None
    )


def _as_results(images: Sequence[ResponseImage]) -> list[Result]:
    return [Result(n, image.safe, image.seed, image.resolution, image.url) for n, image in enumerate(images)]
