"""Holds a result that is made until moderators have looked at it."""

from collections.abc import Sequence
from datetime import datetime

from bot.rules.job_states import JobState
from bot.rules.reviews import ReviewReason
from bot.storage.engine.database import Connection
from bot.storage.matters.matters import Matter
from bot.storage.remixes import jobs
from bot.storage.remixes.jobs import Job
from bot.storage.review import in_review
from bot.storage.standing import policies


def hold(connection: Connection, shown: Job, companions: Sequence[Job], reason: ReviewReason, now: datetime) -> Matter:
    """`companions`: the jobs of its set whose pictures are on the same card. Returns what moderators decide.

    Raises StaleMoveError if `shown` is no longer under its claim.
    """
    until = now + policies.read(connection, shown.guild_id).review_time
    move, changes = (JobState.GENERATED, JobState.IN_REVIEW), {"due_at": until, "review": reason}
    jobs.move(connection, shown.id, move, cause=reason, now=now, holder=shown, changes=changes)
    for each in companions:
        current = jobs.get(connection, each.id)
        if current.state is JobState.GENERATED and current.removed_at is None:
            jobs.move(connection, each.id, move, cause=reason, now=now, holder=current, changes=changes)
    return in_review.open_matter(connection, jobs.get(connection, shown.id), now)
