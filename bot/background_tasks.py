"""Keeps the bot's background tasks running: restarts one that fails, after a wait that doubles each time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 60.0

log = structlog.get_logger(__name__)


def _nobody_listens(_name: str) -> None: ...


@dataclass(slots=True)
class _BackgroundTask:
    task: "asyncio.Task[None]"
    failures: int = 0


@dataclass(slots=True)
class BackgroundTasks:
    """Tasks run until `stop`. One that returns has nothing more to do and is not restarted.

    `failed` and `runs_again` are called with a task's name: when it has failed, and once it has run well for a minute.
    """

    first_wait_s: float = _FIRST_WAIT_S
    clock: Callable[[], float] = time.monotonic
    failed: Callable[[str], None] = _nobody_listens
    runs_again: Callable[[str], None] = _nobody_listens
    _tasks: dict[str, _BackgroundTask] = field(default_factory=dict, init=False)

    def start(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        self._tasks[name] = _BackgroundTask(asyncio.create_task(self._keep_running(name, run), name=name))

    @property
    def failures(self) -> dict[str, int]:
        """How often each task has ended unexpectedly since the start."""
        return {name: task.failures for name, task in self._tasks.items()}

    async def stop(self) -> None:
        """They can be started again afterwards."""
        tasks = [background.task for background in self._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep_running(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        wait_s = self.first_wait_s
        while True:
            started = self.clock()
            well = asyncio.get_running_loop().call_later(_LONGEST_WAIT_S, self.runs_again, name)
            try:
                await run()
            except Exception:  # whatever it was, the other tasks and the next attempt go on
                self._tasks[name].failures += 1
                self.failed(name)
                # A task that ran well for a while has probably failed for another reason than last time.
                if self.clock() - started > _LONGEST_WAIT_S:
                    wait_s = self.first_wait_s
                log.exception("a background task failed and will be restarted", task=name, wait_s=wait_s)
            else:
                self.runs_again(name)
                return
            finally:
                well.cancel()
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
