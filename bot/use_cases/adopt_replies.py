"""Takes over the private replies of gateways that are gone, so that their authors learn how it ends."""

import asyncio
import time
from collections.abc import Callable, Sequence
from math import inf

import structlog

from bot.storage.engine.database import DatabaseUnavailableError
from bot.use_cases.remixes.job_status import JobStatuses
from bot.waiting import wait_for_event

_LOOK_EVERY_S = 5.0
_OWN_EVERY_S = 10.0
"""Each of the last minutes' replies is read then, and a change among the processes comes with several wake-ups."""

_THOROUGH_EVERY = 60
"""Looks: five minutes. Jobs that ended badly long ago have no index of their own."""

log = structlog.get_logger(__name__)


class AdoptReplies:
    """Runs in each gateway. A worker answers nobody."""

    def __init__(self, statuses: JobStatuses, show: Callable[[int], None]) -> None:
        """`show` brings the reply of a job up to date."""
        self._statuses = statuses
        self._show = show
        self._woken = asyncio.Event()
        self._look_at_own = True
        self._looked_at = -inf

    def look_at_anything(self) -> None:
        """News may be lost: show again what can still be shown."""
        self._look_at_own = True
        self._woken.set()

    async def run(self) -> None:
        """Runs until it is cancelled. Returns at once if there are no other processes."""
        if self._statuses.owner is None:
            return
        looks = 0
        while True:
            self._woken.clear()
            try:
                await self.look(also_old=looks % _THOROUGH_EVERY == 0)
            except DatabaseUnavailableError as error:
                log.info("private replies are looked for later", reason=str(error))
                # Some may have been taken over without that this process has learned which.
                self._look_at_own = True
            else:
                looks += 1
            await wait_for_event(self._woken, _LOOK_EVERY_S)

    async def look(self, *, also_old: bool) -> None:
        """Raises DatabaseUnavailableError."""
        adopted = await self._statuses.adopt(also_old=also_old)
        if adopted and not also_old:
            adopted = [*adopted, *await self._statuses.adopt(also_old=True)]
        if adopted:
            log.info("took over the private replies of a gateway that is gone", replies=len(adopted))
        own: Sequence[int] = ()
        if self._look_at_own and time.monotonic() - self._looked_at >= _OWN_EVERY_S:
            self._look_at_own, self._looked_at = False, time.monotonic()
            own = await self._statuses.find_unnotified()
        for job_id in {*adopted, *own}:
            self._show(job_id)
