"""Asks whether a result that was held back can be posted now, and has it posted once moderators decide so.

It is paid for, so nothing is bought. It goes the way of a reviewed result that is published.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.rules.appeals import Appealed, Decision, Outcome
from bot.rules.job_states import JobState
from bot.rules.membership import Absent, Membership
from bot.rules.refusals import Refused
from bot.rules.words.findings import WordFacts
from bot.storage.appeals.appeals import Appeal
from bot.storage.engine.database import Connection
from bot.storage.remixes import jobs
from bot.storage.remixes.jobs import Job
from bot.storage.review.held_back import together_with
from bot.use_cases.core import Core
from bot.use_cases.remixes.reviews.publish import end_stopped, publish, refused_now


def find_held(connection: Connection, appeal: Appeal) -> Sequence[Job]:
    """What would be posted. Empty: the appeal is about something else, or the result is no longer kept or is posted."""
    job = jobs.find(connection, appeal.job_id) if appeal.appealed is Appealed.RESULT and appeal.job_id else None
    return together_with(connection, job) if job is not None else ()


def find_obstacle(
    core: Core,
    connection: Connection,
    held: Sequence[Job],
    decision: Decision,
    member: Membership | Absent | None,
) -> Refused | Outcome | None:
    """Why they cannot be posted although the moderator decides so. Outcome: there is nothing left to post.

    Raises PictureUnknownError.
    """
    if not held or end_stopped(connection, held, core.clock()):
        return Outcome.OVER
    found = core.words.judge(connection, held[0].guild_id, held[0].request.sent_prompt)
    return refused_now(core, connection, held, member, _what_still_counts(found, decision))


def _what_still_counts(found: WordFacts, decision: Decision) -> WordFacts:
    """A word that is allowed for everybody does not change what AutoMod refuses."""
    allowed = found.without_refusals()
    return allowed if decision is Decision.ALLOW_ONCE else replace(allowed, by_automod=found.by_automod)


def post(connection: Connection, held: Sequence[Job], now: datetime) -> None:
    for job in held:
        jobs.move(connection, job.id, (JobState.GENERATED, JobState.IN_REVIEW), cause="appealed", now=now)
    publish(connection, held, now)
