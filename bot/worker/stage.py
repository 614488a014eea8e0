"""Claims jobs and runs each in a task of its own, up to a limit; a stage is one step of a job, such as delivering."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.remixes.jobs import Job
from bot.use_cases.core import Clock, News
from bot.waiting import wait_for_event

# Due times are by the wall clock, which may be set back, so the stage looks again at least this often.
_LONGEST_WAIT_S = 30.0
_WAIT_AFTER_ERROR_S = 2.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Claimed:
    """The jobs that were claimed, and when the next one is due."""

    jobs: Sequence[Job]
    next_due: datetime | None


class Stage:
    """Sleeps until it is woken, a job falls due, or a task ends and leaves room for another.

    `room` tells how many jobs to work on at once. `claim` gets the number of jobs that still fit.
    """

    def __init__(
        self,
        name: str,
        *,
        room: Callable[[], int],
        claim: Callable[[int], Coroutine[None, None, Claimed]],
        work: Callable[[Job], Coroutine[None, None, None]],
        clock: Clock,
        news: News | None = None,
    ) -> None:
        self._name = name
        self._room = room
        self._claim = claim
        self._work = work
        self._clock = clock
        self._news = news or News()
        self._tasks: dict[asyncio.Task[None], Job] = {}
        self._woken = asyncio.Event()
        self._stopping = False
        self._cancelled = False

    @property
    def jobs(self) -> Sequence[Job]:
        """Those in work, as they were when they were claimed."""
        return list(self._tasks.values())

    def wake(self) -> None:
        """Look for new jobs."""
        self._woken.set()

    def stop(self) -> None:
        """Claim nothing more. Running tasks go on."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Runs until `stop`, and then until every task has ended."""
        while not self._stopping:
            self._woken.clear()
            await wait_for_event(self._woken, await self.claim_and_start())
        await self.finish()

    async def finish(self) -> None:
        """Waits until every task has ended."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def drain(self) -> None:
        """After `run`: work on what is due now, and on what falls due meanwhile, until nothing is left."""
        while not self._cancelled:
            self._woken.clear()
            seconds = await self.claim_and_start()
            # A task that ended during the claim may have left room for what was not claimed.
            if not self._tasks and not self._woken.is_set():
                return
            await wait_for_event(self._woken, seconds)

    def cancel(self) -> None:
        """Cancel the running tasks, and start nothing that is being claimed at the moment."""
        self.stop()
        self._cancelled = True
        for task in self._tasks:
            task.cancel()

    async def claim_and_start(self) -> float:
        """Start as many jobs as there is room for. Returns the seconds until another one can be started."""
        free = self._room() - len(self._tasks)
        if free <= 0:
            return _LONGEST_WAIT_S
        try:
            claimed = await self._claim(free)
        except DatabaseUnavailableError as error:
            log.error("cannot claim jobs; will try again", stage=self._name, reason=str(error))
            return _WAIT_AFTER_ERROR_S
        except Exception:  # if the stage ended, the bot would accept remixes and never make them
            log.exception("claiming jobs failed; will try again", stage=self._name)
            self._news.loop_did(f"worker ({self._name})", well=False)
            return _WAIT_AFTER_ERROR_S
        self._news.loop_did(f"worker ({self._name})", well=True)
        # `cancel` may have come while the claim was running. Its leases are void at the next start.
        if not self._cancelled:
            for job in claimed.jobs:
                self._start(job)
        if len(claimed.jobs) == free or claimed.next_due is None:
            return _LONGEST_WAIT_S
        left = (claimed.next_due - self._clock()).total_seconds()
        return min(_LONGEST_WAIT_S, max(0.0, left))

    def _start(self, job: Job) -> None:
        task = asyncio.create_task(self._work(job), name=f"{self._name} {job.id}")
        # The event loop only keeps weak references to tasks:
        # https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task
        self._tasks[task] = job
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task, None)
        self._woken.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a task of the worker failed", stage=self._name, task=task.get_name(), exc_info=error)
