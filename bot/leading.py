"""Takes over the work of processes that die, and runs what one process does for all of them while this one leads."""

import asyncio
import time
from collections.abc import Callable
from math import inf

import structlog

from bot.background_tasks import BackgroundTasks
from bot.storage.engine.database import DatabaseUnavailableError
from bot.use_cases.core import Core
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.remixes.recover_jobs import adopt_jobs
from bot.waiting import wait_for_event

_LOOK_EVERY_S = 0.5
"""What it looks at is in memory. It also looks after each beat, because free slots wait for what that has found."""

_ADOPT_EVERY_S = 1.0
"""Several processes find the same dead one, and only the next beat shows that one of them has taken over."""

_ROUNDS = (
    "a round of housekeeping",
    "a round of log channels",
    "a round of changes of posts",
    "a round of cards for moderators",
    "a round of messages about appeals and reports",
)
"""Loops within the tasks of the leader that report failures of their own."""

log = structlog.get_logger(__name__)


class Leading:
    """`tasks` runs what only the leading process does. `start` starts all of it, from whatever others have left."""

    def __init__(self, core: Core, rules: OperatorRules, tasks: BackgroundTasks, start: Callable[[], None]) -> None:
        self._core = core
        self._rules = rules
        self.tasks = tasks
        self._start = start
        self._leads = False
        self._known = (0, False)
        self._some_left = False
        self._adopted_at = -inf

    def begin(self) -> None:
        """At a start: what leads now starts at once."""
        if self._core.process.leads:
            self._leads = True
            self._start()

    async def run(self) -> None:
        """A background task where there may be other processes. Runs until it is cancelled."""
        loop, beaten = asyncio.get_running_loop(), asyncio.Event()
        self._core.process.after_beats(lambda: loop.call_soon_threadsafe(beaten.set))
        while True:
            beaten.clear()
            await self.look()
            await wait_for_event(beaten, _LOOK_EVERY_S)

    async def look(self) -> None:
        process = self._core.process
        if process.leads != self._leads:
            await self._follow(leads=not self._leads)
        known = (process.count, process.may_act)
        if known != self._known:
            # One that has left may have let go of jobs, and one that may act again has claimed none meanwhile. One
            # that could not let go of them, because the server was away then, deletes its row all the same.
            self._some_left = self._some_left or self._known[0] not in {0, process.count}
            self._known = known
            self._core.news.look_at_anything()
        others_died = process.others_died
        is_needed = others_died or (self._some_left and process.may_act)
        if is_needed and time.monotonic() - self._adopted_at >= _ADOPT_EVERY_S:
            if others_died:  # one that has only come or gone must not delay this for the next one that dies
                self._adopted_at = time.monotonic()
            try:
                await adopt_jobs(self._core, self._rules)
                self._some_left = False
            except DatabaseUnavailableError as error:
                self._adopted_at = time.monotonic()
                log.info("the work of a dead process is taken over later", reason=str(error))

    async def stop(self) -> None:
        await self.tasks.stop()

    async def _follow(self, *, leads: bool) -> None:
        self._leads = leads
        if leads:
            log.info("this process leads: it does what only one does")
            self._start()
        else:
            log.warning("this process does not lead any more")
            await self.tasks.stop()
            # Should one of them fail, the process says so that runs it now.
            for name in (*self.tasks.failures, *_ROUNDS):
                self.tasks.runs_again(name)
