"""Has results posted that moderators have decided about, once all is asked again that may have changed meanwhile."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.rules.gate import decide_publishing
from bot.rules.job_states import JobState
from bot.rules.membership import Absent, Membership
from bot.rules.refusals import Reason, Refused
from bot.rules.words.findings import WordFacts
from bot.storage.engine.database import Connection
from bot.storage.remixes import families, jobs, results
from bot.storage.remixes.jobs import Job
from bot.use_cases.core import Core
from bot.use_cases.remixes.endings import end_removed
from bot.use_cases.remixes.gate_facts import ANY_SERVER, read_standing
from bot.use_cases.remixes.submitting.pictures_since import refused_picture


def end_stopped(connection: Connection, waiting: Sequence[Job], now: datetime) -> bool:
    """What stops one of a set stops them all: they have the same source."""
    stopped = False
    for job in waiting:
        if removal := families.stopped_by(connection, job):
            families.mark_removed(connection, job.id, removal, now)
            end_removed(connection, jobs.get(connection, job.id), now)
            stopped = True
    return stopped


def refused_now(
    core: Core, connection: Connection, waiting: Sequence[Job], member: Membership | Absent | None, words: WordFacts
) -> Refused | None:
    """Why they cannot be posted. `words`: what is found in their prompt and still counts.

    Raises PictureUnknownError.
    """
    job = waiting[0]
    standing = read_standing(connection, job.guild_id, job.user_id, job.channel_ids, ANY_SERVER)
    refused = decide_publishing(replace(standing, words=words), core.clock(), member)
    return refused or _banned(core, connection, waiting)


def _banned(core: Core, connection: Connection, waiting: Sequence[Job]) -> Refused | None:
    """What the operator lists, no moderator publishes. What their own server removed, they can."""
    shown = [result.hash for job in waiting for result in results.of_job(connection, job.id)]
    listed = refused_picture(core, connection, waiting[0], shown)
    return listed if listed is not None and listed.reason is Reason.PICTURE_BANNED else None


def publish(connection: Connection, waiting: Sequence[Job], now: datetime) -> None:
    """They are in review. The worker posts them as soon as possible."""
    move, changes = (JobState.IN_REVIEW, JobState.GENERATED), {"due_at": now, "approved_at": now}
    for job in waiting:
        jobs.move(connection, job.id, move, cause="published", now=now, changes=changes)
