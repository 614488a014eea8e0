"""The operator pauses everything, with a reason that people read, and resumes it."""

from collections.abc import Sequence

import structlog

from bot.rules.job_states import JobState
from bot.storage.engine.database import Connection
from bot.storage.remixes import jobs
from bot.storage.standing import pauses
from bot.storage.standing.pauses import Pause
from bot.use_cases.core import Core

log = structlog.get_logger(__name__)


class PauseQueue:
    """Calls that have begun go on; what was made is delivered; nothing new is accepted or begun."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def pause(self, reason: str, by: int) -> None:
        """Pause, or give another reason."""
        self._tell(await self._core.database.transaction(self._pause, reason, by))
        log.warning("the operator has paused everything", by=by)

    async def resume(self, by: int) -> bool:
        """False: it was not paused."""
        was_paused, waiting = await self._core.database.transaction(self._resume)
        if was_paused:
            self._tell(waiting)
            log.warning("the operator has resumed everything", by=by)
        return was_paused

    def _tell(self, waiting: Sequence[int]) -> None:
        """Whoever waits reads it at once; the worker looks for work again."""
        for job_id in waiting:
            self._core.news.job_changed(job_id)

    def _pause(self, connection: Connection, reason: str, by: int) -> list[int]:
        pauses.put(connection, Pause(reason, self._core.clock(), by))
        return _waiting(connection)

    def _resume(self, connection: Connection) -> tuple[bool, list[int]]:
        return pauses.lift(connection), _waiting(connection)


def _waiting(connection: Connection) -> list[int]:
    return [job.id for job in jobs.in_state(connection, JobState.QUEUED)]
