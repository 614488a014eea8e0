"""Deletes or redraws the messages of jobs that were removed, hidden or shown again, until Discord has taken it."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from weakref import WeakValueDictionary

import structlog

from bot.rules.retries import next_change
from bot.storage.engine.database import Connection, DatabaseUnavailableError
from bot.storage.remixes import families, jobs, post_changes, results
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.post_changes import PostChange
from bot.use_cases.core import Core
from bot.use_cases.ports import PostEditor, Redrawn
from bot.use_cases.remixes.fetch_results import load_delivery
from bot.use_cases.watch import Rounds

# Messages in one channel share a rate limit, and the posts of new results need some of it.
_AT_ONCE = 3
# What a moderator waits for. The rest follows without them.
_MOST_WAITED_FOR = 50

log = structlog.get_logger(__name__)


class ChangePosts(Rounds):
    """Repeating a change does no harm."""

    name = "a round of changes of posts"
    unavailable = "messages cannot be changed now; will try again"
    failed = "messages could not be changed because of an unexpected error"
    look_again_s = 20.0

    def __init__(self, core: Core, editor: PostEditor) -> None:
        super().__init__(core)
        self._editor = editor
        # One change of a message at a time, or an earlier one could arrive last and undo a later one. Other processes
        # have locks of their own, so `_record` finds out whether one of them has drawn meanwhile.
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def round(self) -> bool:
        due = await self._core.database.read(post_changes.due, self._core.clock(), _AT_ONCE)
        await self._make(due)
        return bool(due)

    async def apply(self, job_ids: Collection[int]) -> int:
        """Make the changes that these jobs wait for. Returns how many are left; they are tried again later."""
        pending = await self._core.database.read(post_changes.of_jobs, job_ids)
        await self._make(pending[:_MOST_WAITED_FOR])
        left = len(await self._core.database.read(post_changes.of_jobs, job_ids))
        if left:
            self.wake()
        return left

    async def _make(self, changes: Sequence[PostChange]) -> None:
        places = asyncio.Semaphore(_AT_ONCE)

        async def make(change: PostChange) -> None:
            async with places, self._locks.setdefault(change.post.message_id, asyncio.Lock()):
                await self._make_one(change)

        async with asyncio.TaskGroup() as group:
            for change in changes:
                group.create_task(make(change))

    async def _make_one(self, change: PostChange) -> None:
        begun = await self._core.database.transaction(_begin, change)
        if begun is None:
            return
        job, drawing = begun
        try:
            made = await (self._redraw(job, change) if job.removed_at is None else self._editor.take_down(change.post))
        except DatabaseUnavailableError:
            raise
        except Exception:  # a message that cannot be drawn is put off like one that Discord refuses
            log.exception("a message could not be changed because of an unexpected error", job=job.id)
            made = False
        if not await self._core.database.transaction(self._record, change, job, drawing, made=made):
            self._core.news.post_change_due()

    async def _redraw(self, job: Job, change: PostChange) -> bool:
        redrawn = await self._editor.redraw(job, change.post)
        if redrawn is not Redrawn.NO_PICTURES:
            return redrawn is Redrawn.DONE
        answered = await self._core.database.read(results.of_job, job.id)
        try:
            delivery = await self._core.blobs.in_thread(load_delivery, self._core.blobs, job, answered)
        except OSError as error:
            log.warning("a message waits for its pictures", job=job.id, error=error.strerror)
            return False
        kept = {picture.result.position for picture in delivery.pictures}
        if not kept.issuperset(change.post.positions):
            log.warning("a message stays without its pictures: they are no longer kept", job=job.id)
            return True
        parent = await self._core.database.read(families.parent_of, job)
        return await self._editor.redraw_with(replace(delivery, parent=parent), change.post) is Redrawn.DONE

    def _record(self, connection: Connection, change: PostChange, drawn: Job, drawing: int, *, made: bool) -> bool:
        """False: it has to be drawn again at once, because another process drew it at the same time."""
        now = self._core.clock()
        if not made:
            post_changes.put_off(connection, change, next_change(change.attempts, now))
            return True
        if not post_changes.is_newest(connection, change, drawing):
            post_changes.draw_again(connection, change, now)
            return False
        current = jobs.get(connection, change.job_id)
        if (current.hidden, current.removed_at) == (drawn.hidden, drawn.removed_at):
            post_changes.done(connection, change, deleted_at=now if drawn.removed_at is not None else None)
        return True


def _begin(connection: Connection, change: PostChange) -> tuple[Job, int] | None:
    """The job as it is now, and the number of the drawing. None: somebody else has made the change, or tried to."""
    pending = post_changes.of_jobs(connection, [change.job_id])
    # Who waited for an attempt that failed would ask Discord the same again at once: the change is put off by now.
    if not any((each.post.part, each.attempts) == (change.post.part, change.attempts) for each in pending):
        return None
    return jobs.get(connection, change.job_id), post_changes.begin_drawing(connection, change)
