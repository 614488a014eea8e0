"""Reads the status of jobs, for the private reply, Details and /my-remixes."""

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bot.rules.api_trouble import ApiTrouble
from bot.rules.cases import CaseKind
from bot.rules.estimates import Readiness
from bot.rules.failures import FailureKind, ProviderProblem
from bot.rules.gate import ChannelLock
from bot.rules.job_states import WAITING, JobState
from bot.rules.origins import Origin
from bot.rules.pages import Cursor, Page, make_page
from bot.rules.removals import Removal
from bot.rules.rescues import AFTER_UNKNOWN_OUTCOME, Rescue, after_failure
from bot.storage.drafts import drafts
from bot.storage.engine.database import Connection
from bot.storage.moderation import case_jobs, cases
from bot.storage.moderation.cases import Case
from bot.storage.processes import replies, trouble
from bot.storage.remixes import families, holds, jobs, ledger, queue_facts, quotas, results
from bot.storage.remixes.families import Lineage
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.queue_facts import Place
from bot.storage.remixes.results import Post, Result
from bot.storage.reports import own_remixes
from bot.storage.sets import picks, sets
from bot.storage.standing import channel_locks, member_blocks, pauses, servers
from bot.storage.standing.member_blocks import BlockedMember
from bot.storage.standing.pauses import Pause
from bot.use_cases.core import Core

REPLY_LIFETIME = timedelta(minutes=14, seconds=30)
"""How long after its interaction a private reply is edited. Discord refuses edits after 15 minutes:
https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages

The rest is for the edit itself, which takes up to 20 s, and for clocks that differ.
"""

# In /my-remixes a job takes up to seven components (section, text, thumbnail, row, three buttons). Discord allows 40 in
# a message: https://docs.discord.com/developers/components/reference
_SHOWN = 5
_REMOVED_SHOWN = 3
_ANIMATIONS = 1_000
_MOST_TENTHS = 9
_MOST_ANCESTORS = 3
_MOST_CHILDREN = 5
_REMOVALS = (CaseKind.REMOVE, CaseKind.PURGE)


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job and everything that its author can read about it.

    Until it has been generated: its place in the queue, and what makes the queue wait: `trouble` at Ideogram, the
    operator's `pause`, or the moderators' `server_pause` or `lock` of its channel. After that: results, posts, `cost`
    in micro-dollars, `ended_by`, the case in which a moderator cancelled or removed it, and `hidden_by`. `block`: the
    moderators' block that ended it, while that holds.
    `shows_source`: its author has sent its source, or that was a posted result; other people's sources are private.
    `rescues`: what its author can still do after a failure.
    `together`: all jobs of its set; then `job` is the one that says most about how the set stands.
    `price`: micro-dollars that were set aside for all that was asked for at once, if that is more than one picture.
    `counted` and `cooldown_kept`: whether it uses up quota, and goes on with the cooldown that it started.
    """

    job: Job
    read_at: datetime
    place: Place | None = None
    held: bool = False
    trouble: ProviderProblem | None = None
    pause: Pause | None = None
    server_pause: Pause | None = None
    lock: ChannelLock | None = None
    results: Sequence[Result] = ()
    posts: Sequence[Post] = ()
    cost: int | None = None
    ended_by: Case | None = None
    hidden_by: Case | None = None
    block: BlockedMember | None = None
    was_animated: bool = False
    shows_source: bool = False
    counted: bool = False
    cooldown_kept: bool = False
    rescues: tuple[Rescue, ...] = ()
    together: Sequence[Job] = ()
    price: int | None = None

    @property
    def answered_by(self) -> str | None:
        """The lease of the process that edits its private reply, which for a set is that of its first job."""
        return (self.together[0] if self.together else self.job).accepted_by

    @property
    def waits_until(self) -> datetime | None:
        """When its author's cooldown is over, if it waits for that."""
        starts_at = self.job.starts_at
        return starts_at if starts_at is not None and starts_at > self.read_at else None

    @property
    def tenths_done(self) -> int | None:
        """How much of the expected time is over, 9 at most. None: nothing is expected, or the queue stands still."""
        waits = self.held or self.trouble or self.pause or self.server_pause or self.lock
        if self.place is None or waits:
            return None
        estimate, began = self.place.estimate, self.job.accepted_at
        if estimate.at is None:
            return _MOST_TENTHS if estimate.readiness is Readiness.SOON else None
        return min(_MOST_TENTHS, int(10 * (self.read_at - began) / (estimate.at - began)))

    @property
    def is_fetched(self) -> bool:
        """Whether every picture that Ideogram has a link for is on the disk."""
        return all(result.hash is not None for result in self.results if result.url is not None)


@dataclass(frozen=True, slots=True)
class OwnRemixes:
    """A page of /my-remixes. `removed`: on the first page, the last ones that others took down."""

    page: Page[JobStatus]
    removed: Sequence[JobStatus]


class JobStatuses:
    """Reads the status of jobs."""

    def __init__(self, core: Core, known: ApiTrouble, *, slots: int) -> None:
        """`known`: what this process knows of trouble. With several, they share it in the database."""
        self._core = core
        self._trouble = known
        self._slots = slots
        self._animated: deque[int] = deque(maxlen=_ANIMATIONS)

    def note_animation(self, job_id: int) -> None:
        """Its source is the first frame of an animation. Kept in memory: it matters for the minutes of a remix.

        With several processes, the one that accepts the remix also shows its status.
        """
        self._animated.append(job_id)

    async def of(self, job_id: int) -> JobStatus | None:
        return await self._core.database.read(self._find, job_id)

    async def of_reply(self, job_id: int) -> JobStatus | None:
        """What the private reply shows: the whole set, if the job is part of one."""
        return await self._core.database.read(self._find_set, job_id)

    async def page_of_member(self, user_id: int, guild_id: int, text: str, cursor: Cursor | None) -> OwnRemixes:
        """Five of the member's jobs in that server, newest first. `text`: what their prompts contain."""
        return await self._core.database.read(self._page, user_id, guild_id, text, cursor)

    async def lineage_of(self, job: Job) -> Lineage:
        """The remixes around that one, for Details. No more than a message can show."""
        read = partial(families.lineage_of, most_ancestors=_MOST_ANCESTORS, most_children=_MOST_CHILDREN)
        return await self._core.database.read(read, job)

    async def mark_notified(self, job_id: int) -> None:
        """The private reply shows how the job ended, so its token is no longer needed."""
        await self._core.database.transaction(jobs.forget_reply_token, job_id)

    async def find_unnotified(self) -> Sequence[int]:
        """Jobs whose private reply may be outdated, and is this process's to edit."""
        found = await self._core.database.read_long(jobs.find_unnotified, self._core.clock() - REPLY_LIFETIME)
        return sorted(await self.of_this_process(found))

    @property
    def owner(self) -> str | None:
        """The lease under which this process edits private replies. None: there is no other process that could."""
        return self._core.lease if self._core.database.is_shared else None

    async def of_this_process(self, job_ids: Collection[int]) -> Collection[int]:
        """Those whose private reply this process edits: one that it has accepted, or taken over."""
        if self.owner is None or not job_ids:
            return job_ids
        return await self._core.database.read(replies.of_process, job_ids, self.owner)

    async def adopt(self, *, also_old: bool) -> Sequence[int]:
        """Take over the private replies of processes that are gone, each by one process. Returns their jobs."""

        def adopt(connection: Connection) -> Sequence[int]:
            if not self._core.process.is_member(connection):
                return []
            since = self._core.clock() - REPLY_LIFETIME
            return replies.adopt(connection, self._core.lease, since, also_old=also_old)

        return await self._core.database.transaction(adopt)

    def _find(self, connection: Connection, job_id: int) -> JobStatus | None:
        job = jobs.find(connection, job_id)
        if job is None:
            return None
        status = self._status(connection, job, self._core.clock())
        shows_source = job.origin is Origin.RESULT or families.owner_of(connection, job) == job.user_id
        return replace(status, was_animated=job_id in self._animated, shows_source=shows_source)

    def _find_set(self, connection: Connection, job_id: int) -> JobStatus | None:
        job = jobs.find(connection, job_id)
        if job is not None and job.set_id is not None:
            return self._of_set(connection, job)
        status = self._find(connection, job_id)
        if status is None or status.job.request.images == 1:
            return status
        posts = [post for post in status.posts if not picks.is_pick(post)]
        return replace(status, posts=posts, price=ledger.reserved(connection, job_id))

    def _of_set(self, connection: Connection, job: Job) -> JobStatus:
        """With the token of the first job, which has the private reply of all."""
        together = sets.with_siblings(connection, job)
        first, telling = together[0], tells_most(together)
        status = self._status(connection, telling, self._core.clock())
        shows_source = first.origin is Origin.RESULT or families.owner_of(connection, first) == first.user_id
        shown = replace(telling, reply_token=first.reply_token, interaction_id=first.interaction_id)
        posts = [post for job in together for post in results.posts_of(connection, job.id) if not picks.is_pick(post)]
        return replace(
            status,
            job=shown,
            together=together,
            posts=posts,
            price=sum(ledger.reserved(connection, job.id) or 0 for job in together),
            was_animated=first.id in self._animated,
            shows_source=shows_source,
        )

    def _page(
        self, connection: Connection, user_id: int, guild_id: int, text: str, cursor: Cursor | None
    ) -> OwnRemixes:
        now = self._core.clock()
        found = own_remixes.read_page(connection, user_id, guild_id, text, cursor, _SHOWN + 1)
        page = make_page(found, _SHOWN, cursor, lambda job: job.id)
        removed: list[Job] = []
        if page.previous is None and not text:
            # Only beside what is on this page. Those of years ago are no news.
            after = page.shown[-1].id if page.next is not None else 0
            removed = own_remixes.newest_removed(connection, user_id, guild_id, after, _REMOVED_SHOWN)
        return OwnRemixes(
            Page([self._of_any(connection, job, now) for job in page.shown], page.previous, page.next),
            [self._status(connection, job, now) for job in removed],
        )

    def _of_any(self, connection: Connection, job: Job, now: datetime) -> JobStatus:
        return self._status(connection, job, now) if job.set_id is None else self._of_set(connection, job)

    def _status(self, connection: Connection, job: Job, now: datetime) -> JobStatus:
        if job.state not in WAITING:
            return _finished_status(connection, job, now)
        lock = channel_locks.read(connection, job.channel_ids)
        return JobStatus(
            job=job,
            read_at=now,
            place=queue_facts.place(connection, job, self._slots, now),
            held=holds.read(connection) is not None,
            trouble=trouble.read(connection) if self._core.database.is_shared else self._trouble.problem,
            pause=pauses.read(connection),
            server_pause=servers.read_pause(connection, job.guild_id),
            lock=None if lock is None or lock.is_over(now) else lock,
        )


_TELLING = (
    *(JobState.QUEUED, JobState.GENERATING, JobState.GENERATED, JobState.IN_REVIEW, JobState.DELIVERED),
    *(JobState.OUTCOME_UNKNOWN, JobState.FAILED, JobState.CANCELLED),
)


def tells_most(together: Sequence[Job]) -> Job:
    """The job of a set by whose state one knows how far the set is: the last one that waits, else the first made."""
    queued = [job for job in together if job.state is JobState.QUEUED]
    return queued[-1] if queued else min(together, key=lambda job: _TELLING.index(job.state))


def _finished_status(connection: Connection, job: Job, now: datetime) -> JobStatus:
    return JobStatus(
        job=job,
        read_at=now,
        results=results.of_job(connection, job.id),
        posts=results.posts_of(connection, job.id),
        cost=ledger.cost(connection, job.id),
        ended_by=_ended_by(connection, job),
        hidden_by=case_jobs.newest_on(connection, job.id, [CaseKind.HIDE]) if job.hidden else None,
        block=_block_that_ended(connection, job, now),
        counted=quotas.is_counted(connection, job.id),
        cooldown_kept=ledger.started_cooldown(connection, job.id),
        rescues=_rescues(connection, job),
    )


def _rescues(connection: Connection, job: Job) -> tuple[Rescue, ...]:
    """None once its picture is no longer kept."""
    if job.removed_at is not None or not job.prompt:
        return ()
    if job.state is JobState.OUTCOME_UNKNOWN:
        return AFTER_UNKNOWN_OUTCOME if job.source_hash else ()
    offered = after_failure(job.failure_kind) if job.failure_kind else ()
    return offered if offered and drafts.kept_source(connection, job.id) else ()


def _block_that_ended(connection: Connection, job: Job, now: datetime) -> BlockedMember | None:
    if job.failure_kind is not FailureKind.MEMBER_BLOCKED:
        return None
    block = member_blocks.find(connection, job.guild_id, job.user_id)
    return None if block is None or block.is_over(now) else block


def _ended_by(connection: Connection, job: Job) -> Case | None:
    if job.failure_kind is FailureKind.REVIEW_REFUSED:
        return case_jobs.newest_on(connection, job.id, [CaseKind.REFUSE])
    if job.removed_at is not None:
        return case_jobs.newest_on(connection, job.id, _REMOVALS) if job.removal is Removal.MODERATOR else None
    return cases.newest_about(connection, job.id, [CaseKind.CANCEL]) if job.state is JobState.CANCELLED else None
