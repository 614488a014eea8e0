"""Claim, run, repeat: as many jobs at a time as a stage has room for, each in a task of its own."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.remixes.jobs import Job
from bot.use_cases.core import Clock
from bot.worker.brake import wait_for_event

_LONGEST_WAIT_S = 30.0
_AFTER_TROUBLE_S = 2.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Claimed:
    """What could be claimed, and when the next job will be due."""

    jobs: Sequence[Job]
    next_due: datetime | None


class Stage:
    """Sleeps until it is woken, a job falls due, or a task has made room."""

    def __init__(
        self,
        name: str,
        *,
        room: int,
        claim: Callable[[int], Coroutine[None, None, Claimed]],
        work: Callable[[Job], Coroutine[None, None, None]],
        clock: Clock,
    ) -> None:
        self._name = name
        self._room = room
        self._claim = claim
        self._work = work
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._stopping = False
        self._given_up = False

    def wake(self) -> None:
        """There may be something to claim."""
        self._woken.set()

    def stop(self) -> None:
        """Claim nothing more."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Until `stop`, and then until every task has ended."""
        while not self._stopping:
            self._woken.clear()
            await wait_for_event(self._woken, await self._claim_and_start())
        await self.finish()

    async def claim_now(self) -> None:
        """Before `run`: take what is there, as far as there is room."""
        await self._claim_and_start()

    async def finish(self) -> None:
        """Until every task has ended."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def cancel(self) -> None:
        """Give the running tasks up, and what is being claimed just now."""
        self.stop()
        self._given_up = True
        for task in self._tasks:
            task.cancel()

    async def _claim_and_start(self) -> float:
        """Returns for how many seconds nothing more can be done."""
        free = self._room - len(self._tasks)
        if free <= 0:
            return _LONGEST_WAIT_S
        try:
            claimed = await self._claim(free)
        except DatabaseUnavailableError as error:
            log.error("cannot claim jobs; will try again", stage=self._name, reason=str(error))
            return _AFTER_TROUBLE_S
        except Exception:  # a stage that ends is a bot that accepts and never works
            log.exception("claiming jobs failed; will try again", stage=self._name)
            return _AFTER_TROUBLE_S
        for job in claimed.jobs if not self._given_up else ():
            self._start(job)
        if len(claimed.jobs) == free or claimed.next_due is None:
            return _LONGEST_WAIT_S
        left = (claimed.next_due - self._clock()).total_seconds()
        return min(_LONGEST_WAIT_S, max(0.0, left))

    def _start(self, job: Job) -> None:
        task = asyncio.create_task(self._work(job), name=f"{self._name} {job.id}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._woken.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a task of the worker ended badly", stage=self._name, task=task.get_name(), exc_info=error)
