"""Keeps the private replies true: what changed is shown at once, positions in the queue from time to time."""

import asyncio
import time
from dataclasses import dataclass

import discord
import structlog

from bot.discord_app import replies
from bot.discord_app.cards import cancel_view
from bot.discord_app.private_reply import PrivateReply
from bot.rules.job_states import FINAL, JobState
from bot.use_cases.job_status import JobStatus, JobStatuses

_AT_ONCE = 8
_POSITIONS_EVERY_S = 5.0
_POSITIONS_A_SECOND = 5
_SETTLED = FINAL | {JobState.OUTCOME_UNKNOWN}

log = structlog.get_logger(__name__)

_Shown = tuple[JobState, int | None, bool, bool]


@dataclass(slots=True)
class _Waiting:
    """What a waiting person was last shown, and when by the monotonic clock."""

    shown: _Shown | None = None
    at: float = 0.0


class PrivateReplies:
    """The JobListener that people see. Told of a change, it reads the job anew and shows how it stands."""

    def __init__(self, client: discord.Client, statuses: JobStatuses) -> None:
        self._client = client
        self._statuses = statuses
        self._changed: set[int] = set()
        self._waiting: dict[int, _Waiting] = {}
        self._woken = asyncio.Event()
        self._round = asyncio.Lock()
        self._queue_moved = False

    def job_changed(self, job_id: int) -> None:
        """Never raises, returns at once."""
        self._changed.add(job_id)
        self._queue_moved = True
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._wait()
            async with self._round:
                self._woken.clear()
                changed = [self._changed.pop() for _ in range(len(self._changed))]
                await self._refresh(changed)
                await self._refresh(self._positions_due())

    async def finish(self) -> None:
        """Show what has changed and has not been shown, once `run` has shown what it began; at a shutdown."""
        async with self._round:
            while self._changed:
                changed = [self._changed.pop() for _ in range(len(self._changed))]
                await self._refresh(changed)

    async def _wait(self) -> None:
        seconds = 1.0 if self._queue_moved and self._waiting else None
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    def _positions_due(self) -> list[int]:
        """Those that may have moved up and were not shown anything for a while: longer, the more people wait."""
        now = time.monotonic()
        interval = max(_POSITIONS_EVERY_S, len(self._waiting) / _POSITIONS_A_SECOND)
        due = [job_id for job_id, waiting in self._waiting.items() if now - waiting.at >= interval]
        if len(due) == len(self._waiting):
            self._queue_moved = False
        return due

    async def _refresh(self, job_ids: list[int]) -> None:
        for start in range(0, len(job_ids), _AT_ONCE):
            await asyncio.gather(*(self._show(job_id) for job_id in job_ids[start : start + _AT_ONCE]))

    async def _show(self, job_id: int) -> None:
        try:
            await self._show_status(job_id)
        except Exception:  # one person's reply must not end everybody's
            log.exception("a private reply could not be updated", job=job_id)

    async def _show_status(self, job_id: int) -> None:
        status = await self._statuses.of(job_id)
        if status is None or _is_shown_elsewhere(status):
            self._waiting.pop(job_id, None)
            return
        waiting = self._waiting.setdefault(job_id, _Waiting())
        waiting.at = time.monotonic()
        if (shown := _essence(status)) != waiting.shown:
            waiting.shown = shown
            await self._edit(status)
        if status.job.state is not JobState.QUEUED:
            self._waiting.pop(job_id, None)

    async def _edit(self, status: JobStatus) -> None:
        reply = PrivateReply.of(self._client, status.job)
        if reply is not None:
            view = cancel_view(status.job.id) if status.job.state is JobState.QUEUED else None
            await reply.show(replies.status(status), view=view)
        if status.job.state in _SETTLED:
            await self._statuses.told(status.job.id)


def _essence(status: JobStatus) -> _Shown:
    job = status.job
    ahead = status.place.ahead if status.place and job.state is JobState.QUEUED else None
    return job.state, ahead, status.held, job.due_at is None and job.lease is None


def _is_shown_elsewhere(status: JobStatus) -> bool:
    """Handed over in the private reply itself, pictures and all; or about to be posted, which says more."""
    job = status.job
    if job.state is JobState.GENERATED:
        return job.attempts == 0
    return job.state is JobState.DELIVERED and not status.posts
