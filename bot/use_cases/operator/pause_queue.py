"""Lets the operator pause the whole queue, with a reason that people read, resume it, and let a held queue try.

Paid calls that have begun continue and their results are delivered. Nothing new is accepted or begun.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.rules.job_states import JobState
from bot.storage.engine.database import Connection
from bot.storage.remixes import holds, jobs
from bot.storage.standing import pauses
from bot.storage.standing.pauses import Pause
from bot.use_cases.core import Core

log = structlog.get_logger(__name__)


async def pause_queue(core: Core, reason: str, by: int) -> None:
    """Pause, or change the reason of the pause. `by` is a Discord id."""
    waiting = await core.database.transaction(_pause, Pause(reason, core.clock(), by))
    log.warning("the operator has paused the queue", by=by)
    _report_changed(core, waiting)


@dataclass(frozen=True, slots=True)
class Resumed:
    """`paused`: it was. `held`: the queue is on hold, and one remix tries now."""

    paused: bool
    held: bool


async def resume_queue(core: Core, by: int) -> Resumed:
    """End the pause, and let one remix try at once if the queue is on hold."""
    resumed, waiting = await core.database.transaction(_resume, core.clock())
    if resumed.paused or resumed.held:
        log.warning("the operator has resumed the queue", by=by, paused=resumed.paused, held=resumed.held)
        _report_changed(core, waiting)
    return resumed


def _report_changed(core: Core, waiting: Sequence[int]) -> None:
    """The private replies of waiting jobs show the pause at once, and after it the worker looks for work again."""
    for job_id in waiting:
        core.news.job_changed(job_id)


def _pause(connection: Connection, pause: Pause) -> list[int]:
    pauses.put(connection, pause)
    return _waiting(connection)


def _resume(connection: Connection, now: datetime) -> tuple[Resumed, list[int]]:
    return Resumed(pauses.lift(connection), holds.try_now(connection, now)), _waiting(connection)


def _waiting(connection: Connection) -> list[int]:
    return [job.id for job in jobs.in_state(connection, JobState.QUEUED)]
