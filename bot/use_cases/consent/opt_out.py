"""Lets people decide that nobody else makes remixes of their pictures, in all servers and at once."""

from collections.abc import Sequence
from datetime import datetime

from bot.rules.job_states import JobState
from bot.rules.removals import Removal
from bot.storage.consent import picture_requests
from bot.storage.consent.picture_requests import PictureRequest
from bot.storage.engine.database import Connection
from bot.storage.privacy import opt_outs
from bot.storage.remixes import families, jobs
from bot.storage.review import in_review
from bot.use_cases.core import Core
from bot.use_cases.remixes.endings import end_removed, end_unmade


def stop_remixes_of(
    connection: Connection, user_id: int, now: datetime
) -> tuple[Sequence[int], Sequence[PictureRequest]]:
    """Record the wish, end what waits for the paid call or for moderators, and decline open questions.

    Returns the ended jobs and the questions. What is being made at the moment is not shown: deliver_result.py asks.
    """
    opt_outs.add(connection, user_id, now)
    stopped = []
    for job in in_review.everywhere(connection):
        if families.stopped_by(connection, job) is Removal.OWNER:
            families.mark_removed(connection, job.id, Removal.OWNER, now)
            end_removed(connection, jobs.get(connection, job.id), now)
            stopped.append(job.id)
    for job in jobs.in_state(connection, JobState.QUEUED):
        if families.owner_of(connection, job) == user_id and families.stopped_by(connection, job) is Removal.OWNER:
            families.mark_removed(connection, job.id, Removal.OWNER, now)
            end_unmade(connection, job, Removal.OWNER, now)
            stopped.append(job.id)
    return stopped, picture_requests.decline_all_of(connection, user_id)


async def opt_in(core: Core, user_id: int) -> None:
    """Others can ask again, as the server allows. What was stopped stays stopped."""
    await core.database.transaction(opt_outs.remove, user_id)
