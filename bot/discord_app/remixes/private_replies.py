"""Keeps private replies up to date: changes at once, positions and expected times every few seconds."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from math import inf

import discord
import structlog

from bot.discord_app.kit.sending import SendError, send
from bot.discord_app.remixes import words as replies
from bot.discord_app.remixes.private_reply import PrivateReply, Reached, reached_after
from bot.discord_app.remixes.sets import words as set_words
from bot.discord_app.remixes.waiting_card import source_file, status_card
from bot.rules.failures import FailureKind
from bot.rules.job_states import FINAL, WAITING, JobState
from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.remixes.jobs import Job
from bot.use_cases.remixes.job_status import JobStatus, JobStatuses
from bot.use_cases.thumbnails import Thumbnails
from bot.waiting import wait_for_event

_AT_ONCE = 8
# Replies are shown eight at a time. The next eight wait no longer than that for one that Discord does not answer.
_SLOW_AFTER_S = 2.0
_PICTURE_WITHIN_S = 1.0
# How soon a waiting person's position and time are shown again. Edits through an interaction do not count against the
# bot's 50 requests a second, so these limits only protect the bot itself:
# https://discord.com/developers/docs/topics/rate-limits#global-rate-limit
_REFRESH_AFTER_S = 5.0
_REFRESHES_PER_S = 5
# An expected time that changes by less does not make an edit worthwhile.
_TIME_STEP_S = 30
# An expired result is weeks old and no news to anybody. Nobody is mentioned in a server where they cannot answer.
_NOT_IN_CHANNEL = {
    FailureKind.RESULT_EXPIRED,
    FailureKind.MEMBER_GONE,
    FailureKind.BOT_GONE,
    FailureKind.MEMBER_TIMED_OUT,
}
_ENDS_KNOWN = 1_000
_PARKED_KNOWN = 1_000
_SETTLED = FINAL | {JobState.OUTCOME_UNKNOWN}

log = structlog.get_logger(__name__)

# The post usually follows a paid answer at once, and then "done" is shown, so an edit in between is left out.
_POSTED_WITHIN = timedelta(seconds=5)
_REFUSED_WITHIN = timedelta(seconds=2)
# A time is replaced a moment before it is over: Discord would show "1 second ago".
_BEFORE_TIME_S = 1.0


@dataclass(slots=True)
class _Followed:
    """What the reply of an unfinished job last showed, when, and until when it is true (monotonic clock).

    `has_picture`: this process has uploaded its thumbnail. Later edits keep it; after a restart it is uploaded again.
    """

    shown: tuple[object, ...] | None = None
    at: float = 0.0
    until: float = inf
    has_picture: bool = False
    is_gone: bool = False


class PrivateReplies:
    """Listens to news of jobs. After a change it reads the job and edits its private reply.

    Of several processes, the one that accepted the job does so, or one that has taken it over (`AdoptReplies`). Before
    it edits, it makes sure that the others do not take it for dead: else an older edit could come last.
    """

    def __init__(
        self,
        client: discord.Client,
        statuses: JobStatuses,
        thumbnails: Thumbnails,
        may_act: Callable[[], bool] = lambda: True,
    ) -> None:
        self._client = client
        self._statuses = statuses
        self._may_act = may_act
        self._thumbnails = thumbnails
        self._changed: set[int] = set()
        self._followed: dict[int, _Followed] = {}
        self._showing: dict[int, asyncio.Task[None]] = {}
        self._ends: OrderedDict[int, tuple[object, ...]] = OrderedDict()
        self._parked: OrderedDict[int, str] = OrderedDict()
        self._woken = asyncio.Event()
        self._round = asyncio.Lock()

    def job_changed(self, job_id: int) -> None:
        """Returns at once and never raises."""
        self._changed.add(job_id)
        self._woken.set()

    async def run(self) -> None:
        """Runs until it is cancelled."""
        try:
            while True:
                await wait_for_event(self._woken, 1.0 if self._followed else None)
                async with self._round:
                    self._woken.clear()
                    await self._refresh(await self._of_this_process(self._take_changed()))
                    await self._refresh(self._due())
        finally:
            for task in self._showing.values():
                task.cancel()

    async def finish(self) -> None:
        """Show the remaining changes, after the round that `run` is in. For the shutdown."""
        async with self._round:
            while self._changed or self._showing:
                await self._refresh(await self._of_this_process(self._take_changed()))
                if self._showing:
                    await asyncio.wait(self._showing.values(), return_when=asyncio.FIRST_COMPLETED)

    def _take_changed(self) -> list[int]:
        """Without those that are being shown: they are shown again afterwards, or the older words could come last."""
        taken = self._changed - self._showing.keys()
        self._changed -= taken
        return list(taken)

    async def _of_this_process(self, job_ids: list[int]) -> list[int]:
        """In one transaction, and not in one for each: all processes hear of all jobs."""
        if self._statuses.owner is None:
            return job_ids
        unknown = [job_id for job_id in job_ids if job_id not in self._followed]
        try:
            theirs = set(unknown) - set(await self._statuses.of_this_process(unknown))
        except DatabaseUnavailableError:
            # `_show` asks again, and keeps what it cannot read.
            return job_ids
        return [job_id for job_id in job_ids if job_id not in theirs]

    def _due(self) -> list[int]:
        """Jobs whose reply was not refreshed for a while. The more there are, the longer that is."""
        now = time.monotonic()
        interval = max(_REFRESH_AFTER_S, len(self._followed) / _REFRESHES_PER_S)
        due = [job_id for job_id, each in self._followed.items() if now >= min(each.at + interval, each.until)]
        return [job_id for job_id in due if job_id not in self._showing]

    async def _refresh(self, job_ids: list[int]) -> None:
        for start in range(0, len(job_ids), _AT_ONCE):
            tasks = [self._start(job_id) for job_id in job_ids[start : start + _AT_ONCE]]
            await asyncio.wait(tasks, timeout=_SLOW_AFTER_S)

    def _start(self, job_id: int) -> asyncio.Task[None]:
        task = self._showing[job_id] = asyncio.create_task(self._show(job_id), name=f"private reply {job_id}")
        task.add_done_callback(lambda _: self._shown(job_id))
        return task

    def _shown(self, job_id: int) -> None:
        self._showing.pop(job_id, None)
        if job_id in self._changed:
            self._woken.set()

    async def _show(self, job_id: int) -> None:
        try:
            await self._show_status(job_id)
        except DatabaseUnavailableError as error:
            log.warning("a private reply waits for the database", job=job_id, reason=str(error))
            self._followed.setdefault(job_id, _Followed(at=time.monotonic()))
        except Exception:  # one failing reply must not stop the others
            log.exception("a private reply could not be updated", job=job_id)

    async def _show_status(self, job_id: int) -> None:
        status = await self._statuses.of_reply(job_id)
        if status is None:
            self._followed.pop(job_id, None)
            return
        if status.together and job_id != status.together[0].id:
            # A set has one private reply: that of its first job.
            self.job_changed(status.together[0].id)
            return
        if self._statuses.owner not in {None, status.answered_by}:
            self._followed.pop(job_id, None)
            return
        followed = self._followed.setdefault(job_id, _Followed())
        followed.at = now = time.monotonic()
        if _is_about_to_change(status) or (self._statuses.owner is not None and _is_being_delivered(status.job)):
            return
        is_over, followed.until = now >= followed.until, inf
        reply = self._reply_to(job_id, status.job)
        is_last = reply is not None and reply.ends_soon
        # A reply that was dismissed is tried again when there is news, and a bar that moves is none.
        visible = (*_visible(status), is_last, None if followed.is_gone else status.tenths_done)
        end = None if status.job.state in WAITING else (_told_by(status), is_last)
        if (is_over or visible != followed.shown) and (end is None or self._ends.get(job_id) != end):
            reached = await self._notify(status, reply, followed)
            if reached is Reached.NOT_NOW:
                return
            followed.is_gone = reached is Reached.NEVER
            followed.shown = (*visible[:-1], None if followed.is_gone else status.tenths_done)
            followed.until = inf if is_last else now + _true_for_s(status)
        # A result that was posted can still be removed or hidden, as long as its private reply can be edited.
        if status.job.state in _SETTLED and (reply is None or not _is_delivered(status)):
            await self._statuses.mark_notified(job_id)
        if end is not None:
            self._followed.pop(job_id, None)
        self._note_end(job_id, end)

    def _reply_to(self, job_id: int, job: Job) -> PrivateReply | None:
        """The token of a parked job is kept here when its row forgets it. Its author knows of that end, but a late
        answer or the operator can still change it, and with "you can try again" they would pay twice.
        """
        token = job.reply_token or self._parked.get(job_id)
        if token and job.state is JobState.OUTCOME_UNKNOWN:
            self._parked[job_id] = token
            if len(self._parked) > _PARKED_KNOWN:
                self._parked.popitem(last=False)
        return PrivateReply.of(self._client, replace(job, reply_token=token))

    def _note_end(self, job_id: int, end: tuple[object, ...] | None) -> None:
        """One hears of the same end more than once, and need not edit its reply again."""
        self._ends.pop(job_id, None)
        if end is not None:
            self._ends[job_id] = end
        if len(self._ends) > _ENDS_KNOWN:
            self._ends.popitem(last=False)

    async def _notify(self, status: JobStatus, reply: PrivateReply | None, followed: _Followed) -> Reached:
        if not self._may_act():
            return Reached.NOT_NOW
        if _was_handed_over(status) and status.job.removed_at is None:
            return Reached.YES
        shown = Reached.NEVER if reply is None else await self._show_card(status, reply, followed)
        # An edit notifies nobody, and after a parked job its author waits for nothing any more.
        if _should_know(status.job) and (reply is None or (shown is Reached.YES and not status.job.reply_token)):
            return await self._notify_in_channel(status.job)
        return shown

    async def _show_card(self, status: JobStatus, reply: PrivateReply, followed: _Followed) -> Reached:
        text = set_words.last_status_text(status) if reply.ends_soon else set_words.status_text(status)
        files: list[discord.File] | None = None
        if status.job.removed_at is not None:
            # Also a result that was handed over privately: it is in the reply itself.
            files, followed.has_picture = [], False
        elif not followed.has_picture and (small := await self._thumbnail(status)) is not None:
            files = [source_file(status.job, small)]
        pictured = bool(files) or followed.has_picture
        reached = await reply.show(status_card(status, text, pictured=pictured), files=files)
        followed.has_picture = pictured and reached is Reached.YES
        return reached

    async def _thumbnail(self, status: JobStatus) -> bytes | None:
        job = status.job
        if not status.shows_source or job.source_hash is None:
            return None
        try:
            async with asyncio.timeout(_PICTURE_WITHIN_S):
                return await self._thumbnails.of(job.source_hash, job.user_id)
        except TimeoutError:
            # The sentence does not wait for it. The next edit asks again.
            return None

    async def _notify_in_channel(self, job: Job) -> Reached:
        """For authors whose private reply has expired. The message is public, so it only says that the remix failed."""
        if self._client.is_closed():
            return Reached.NOT_NOW
        channel = self._client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
        try:
            await send(channel, replies.ended_badly(job), mention=job.user_id, nonce=f"{job.interaction_id}-end")
        except SendError as error:
            log.info("the author could not be notified of a failed job", job=job.id, error=str(error))
            return reached_after(error)
        return Reached.YES


def _told_by(status: JobStatus) -> JobStatus:
    """Leaves out what can change while the words stay the same: when it was read, and the token of the reply."""
    job, *together = [replace(each, reply_token=None) for each in (status.job, *status.together)]
    return replace(status, read_at=job.accepted_at, job=job, together=together)


def _is_delivered(status: JobStatus) -> bool:
    return any(job.state is JobState.DELIVERED for job in status.together or [status.job])


def _visible(status: JobStatus) -> tuple[object, ...]:
    """What the reader can see of a status. Expected times count in steps, or each second would be a change."""
    job, estimate = status.job, status.place.estimate if status.place else None
    ahead = status.place.ahead if status.place and job.state is JobState.QUEUED else None
    step = int(estimate.at.timestamp()) // _TIME_STEP_S if estimate and estimate.at else None
    pause = status.pause or status.server_pause
    waits = (
        status.waits_until,
        status.held,
        status.lock,
        status.trouble,
        pause.reason if pause else None,
        job.attempts > 0,
    )
    made = (job.due_at is None and job.lease is None, status.is_fetched, status.was_animated)
    set_ = tuple(each.state for each in status.together)
    return job.state, set_, ahead, estimate and estimate.readiness, step, waits, made


def _true_for_s(status: JobStatus) -> float:
    at = status.waits_until or (status.place.estimate.at if status.place else None)
    return max(_BEFORE_TIME_S, (at - status.read_at).total_seconds() - _BEFORE_TIME_S) if at else inf


def _is_about_to_change(status: JobStatus) -> bool:
    """Whether an edit would be outdated in a moment. If the moment takes longer, the next round shows it."""
    job = status.job
    if job.state is JobState.GENERATED and job.attempts == 0 and job.generated_at is not None:
        since = job.approved_at or job.generated_at
        return since <= status.read_at < since + _POSTED_WITHIN
    if job.state is JobState.GENERATING and status.trouble is not None and job.generating_at is not None:
        # It may be refused like the call before.
        return job.generating_at <= status.read_at < job.generating_at + _REFUSED_WITHIN
    return False


def _is_being_delivered(job: Job) -> bool:
    """Whether a worker may be putting the pictures into the private reply, which an edit of ours would take out."""
    return job.state is JobState.GENERATED and job.lease is not None


def _was_handed_over(status: JobStatus) -> bool:
    # The private reply has the pictures themselves, and an edit would replace them.
    return status.job.state is JobState.DELIVERED and not status.posts


def _should_know(job: Job) -> bool:
    # The token is forgotten once the reply has shown the end.
    ended = job.state in {JobState.FAILED, JobState.OUTCOME_UNKNOWN} and job.failure_kind not in _NOT_IN_CHANNEL
    return ended and job.reply_token is not None
