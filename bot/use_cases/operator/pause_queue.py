"""Lets the operator pause the whole queue, with a reason that people read, and resume it.

Paid calls that have begun continue and their results are delivered. Nothing new is accepted or begun.
"""

from collections.abc import Sequence

import structlog

from bot.rules.job_states import JobState
from bot.storage.engine.database import Connection
from bot.storage.remixes import jobs
from bot.storage.standing import pauses
from bot.storage.standing.pauses import Pause
from bot.use_cases.core import Core

log = structlog.get_logger(__name__)


async def pause_queue(core: Core, reason: str, by: int) -> None:
    """Pause, or change the reason of the pause. `by` is a Discord id."""
    waiting = await core.database.transaction(_pause, Pause(reason, core.clock(), by))
    log.warning("the operator has paused the queue", by=by)
    _report_changed(core, waiting)


async def resume_queue(core: Core, by: int) -> bool:
    """Returns False if it was not paused."""
    was_paused, waiting = await core.database.transaction(_resume)
    if was_paused:
        log.warning("the operator has resumed the queue", by=by)
        _report_changed(core, waiting)
    return was_paused


def _report_changed(core: Core, waiting: Sequence[int]) -> None:
    """The private replies of waiting jobs show the pause at once, and after it the worker looks for work again."""
    for job_id in waiting:
        core.news.job_changed(job_id)


def _pause(connection: Connection, pause: Pause) -> list[int]:
    pauses.put(connection, pause)
    return _waiting(connection)


def _resume(connection: Connection) -> tuple[bool, list[int]]:
    return pauses.lift(connection), _waiting(connection)


def _waiting(connection: Connection) -> list[int]:
    return [job.id for job in jobs.in_state(connection, JobState.QUEUED)]
