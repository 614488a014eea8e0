"""Publishes or refuses what waits for a review, and ends what no moderator has looked at in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial

from bot.rules.cases import CaseKind
from bot.rules.failures import FailureKind
from bot.rules.membership import Absent, Membership
from bot.rules.points import PointKind
from bot.rules.refusals import Refused
from bot.rules.reviews import ReviewReason
from bot.storage.engine.database import Connection
from bot.storage.matters import matters
from bot.storage.matters.matters import Matter
from bot.storage.moderation import points
from bot.storage.moderation.cases import Case
from bot.storage.remixes import jobs
from bot.storage.remixes.jobs import Job
from bot.storage.review import in_review
from bot.use_cases.author_facts import AuthorFacts
from bot.use_cases.core import Core
from bot.use_cases.listed_pictures import judging
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.case_about import case_about
from bot.use_cases.moderation.remove_result import add_case
from bot.use_cases.remixes.endings import fail_job
from bot.use_cases.remixes.reviews.publish import end_stopped, publish, refused_now
from bot.use_cases.remixes.submitting.allowed_once import still_allowed


class NotDecided(StrEnum):
    """`OVER`: somebody has decided it, or it has ended. `OWN`: nobody decides about their own remix.

    `STOPPED`: its picture was removed, or its author or the picture's owner wants it gone. So it has ended now.
    """

    OVER = "over"
    OWN = "own"
    STOPPED = "stopped"


class Outcome(StrEnum):
    """How a matter ends by a moderator. Otherwise it ends with the FailureKind of its job."""

    PUBLISHED = "published"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Decided:
    """The case, and the jobs that it is about: several of a set."""

    case: Case
    decided: Sequence[Job]


class DecideReviews:
    """The caller has checked that the person may moderate there, and for a refusal also their rank."""

    def __init__(self, core: Core, authors: AuthorFacts) -> None:
        self._core = core
        self._authors = authors

    async def publish(self, acting: Acting, matter_id: int) -> Decided | Refused | NotDecided:
        """It is posted as soon as possible. Refused: it cannot be posted now, so it waits on."""
        found = await self._core.database.read(_waiting, matter_id, acting)
        if isinstance(found, NotDecided):
            return found
        _, waiting = found
        await self._core.words.prepare(self._core.database, acting.guild_id, waiting[0].request.sent_prompt)
        # Asked whatever is known: it may have waited for days.
        member = await self._authors.look_up(waiting[0].guild_id, waiting[0].user_id)
        publish = partial(self._core.database.transaction, self._publish, acting, matter_id, member)
        done = await judging(publish, self._core.prepare_picture)
        self._report(done)
        return done

    def _publish(
        self, connection: Connection, acting: Acting, matter_id: int, member: Membership | Absent | None
    ) -> Decided | Refused | NotDecided:
        found, now = _waiting(connection, matter_id, acting), self._core.clock()
        if isinstance(found, NotDecided):
            return found
        matter, waiting = found
        if end_stopped(connection, waiting, now):
            return NotDecided.STOPPED
        if refused := self._refused(connection, waiting, member):
            return refused
        publish(connection, waiting, now)
        new = case_about(connection, acting, CaseKind.PUBLISH, waiting[0])
        return _close(connection, matter, add_case(connection, new, waiting, now), waiting, Outcome.PUBLISHED)

    def _refused(
        self, connection: Connection, waiting: Sequence[Job], member: Membership | Absent | None
    ) -> Refused | None:
        job = waiting[0]
        words = self._core.words.judge(connection, job.guild_id, job.request.sent_prompt)
        return refused_now(self._core, connection, waiting, member, still_allowed(connection, job, words))

    async def refuse(self, acting: Acting, matter_id: int) -> Decided | NotDecided:
        """The money stays spent, and the remix no longer counts against its author."""

        def refuse(connection: Connection) -> Decided | NotDecided:
            found, now = _waiting(connection, matter_id, acting), self._core.clock()
            if isinstance(found, NotDecided):
                return found
            matter, waiting = found
            new = case_about(connection, acting, CaseKind.REFUSE, waiting[0])
            case = add_case(connection, new, waiting, now)
            # Closed first: the end of its jobs would close it without the moderator's name.
            decided = _close(connection, matter, case, waiting, Outcome.REFUSED)
            for job in waiting:
                fail_job(connection, job, FailureKind.REVIEW_REFUSED, now)
            _add_points(connection, waiting[0], now)
            return decided

        done = await self._core.database.transaction(refuse)
        self._report(done)
        return done

    def _report(self, done: Decided | Refused | NotDecided) -> None:
        if isinstance(done, Decided):
            self._core.news.case_added(done.case)
            for job in done.decided:
                self._core.news.job_changed(job.id)
        if isinstance(done, Decided) or done is NotDecided.STOPPED:
            self._core.news.post_change_due()


_EXPIRED_AT_ONCE = 50
"""5,000 of a wave of new members would hold up everything else for seven seconds."""

GIVES_POINTS = {ReviewReason.WORD: PointKind.WORD, ReviewReason.PICTURE: PointKind.PICTURE}
"""Of what a refused result gives its author points, by why it was held back."""


def _add_points(connection: Connection, job: Job, now: datetime) -> None:
    """A word or a picture that only holds a result back counts against nobody until moderators refuse the result."""
    if job.review in GIVES_POINTS:
        points.add(connection, GIVES_POINTS[job.review], job.guild_id, job.user_id, now, job_id=job.id)


def _waiting(connection: Connection, matter_id: int, acting: Acting) -> tuple[Matter, Sequence[Job]] | NotDecided:
    """What the matter is about, as long as it is open. Asked again in the transaction that decides."""
    matter = matters.find(connection, matter_id)
    if matter is None or matter.guild_id != acting.guild_id or not matter.is_open or matter.job_id is None:
        return NotDecided.OVER
    job = jobs.find(connection, matter.job_id)
    waiting = in_review.together_with(connection, job) if job is not None else ()
    if not waiting:
        return NotDecided.OVER
    return NotDecided.OWN if waiting[0].user_id == acting.actor_id else (matter, waiting)


def _close(connection: Connection, matter: Matter, case: Case, waiting: Sequence[Job], outcome: Outcome) -> Decided:
    matters.close(connection, matter.id, case.at, by=case.actor_id, outcome=outcome, case_number=case.number)
    return Decided(case, waiting)


async def expire_reviews(core: Core) -> int:
    """Ends what no moderator has looked at in time. Returns how many."""

    def expire(connection: Connection) -> list[Job]:
        now = core.clock()
        overdue = list(in_review.overdue(connection, now, _EXPIRED_AT_ONCE))
        for job in overdue:
            fail_job(connection, job, FailureKind.REVIEW_EXPIRED, now)
        return overdue

    count = 0
    while expired := await core.database.transaction(expire):
        count += len(expired)
        for job in expired:
            core.news.job_changed(job.id)
        core.news.post_change_due()
    return count
