"""Asks again about a job what its server looks for, if that has changed since it was accepted: words and reviews."""

from dataclasses import replace
from datetime import datetime

from bot.rules.gate import StandingFacts, find_review
from bot.rules.membership import Absent, Membership
from bot.rules.reviews import ReviewReason
from bot.storage.engine.database import Connection
from bot.storage.remixes.jobs import Job
from bot.storage.standing import words
from bot.use_cases.core import Core
from bot.use_cases.remixes.submitting.allowed_once import still_allowed


class MemberUnknownError(Exception):
    """What has changed are rules that depend on the member: ask Discord about the author and try again."""


def with_words_since(
    core: Core,
    connection: Connection,
    standing: StandingFacts,
    job: Job,
    member: Membership | Absent | None,
    *,
    was_asked: bool,
) -> StandingFacts:
    """`was_asked`: Discord was asked about the author, and `member` None means that it does not answer.

    Raises MemberUnknownError.
    """
    found = core.words.judge_again(connection, job)
    if member is None and not was_asked and (found.by_automod or (found.version and _asks_since_when(standing))):
        raise MemberUnknownError
    return replace(standing, words=still_allowed(connection, job, found))


def _asks_since_when(standing: StandingFacts) -> bool:
    return standing.policy.review_newcomers_s is not None or standing.raid is not None


# Whether they hold depends on the member, and Discord may not say now who that is.
_OF_MEMBER = frozenset({ReviewReason.NEWCOMER, ReviewReason.RAID})


def note_review(
    connection: Connection, job: Job, standing: StandingFacts, member: Membership | Absent | None, now: datetime
) -> ReviewReason | None:
    """Record why moderators look at the result first, as the server has it now. What was taken back holds no more."""
    found = find_review(standing, member, now)
    reason = found.reason if found is not None else None
    of_member = job.review in _OF_MEMBER or (job.review is ReviewReason.WORD and bool(standing.words.by_automod))
    if job.review is ReviewReason.RAID and standing.raid is None:
        # It is over for everybody.
        of_member = False
    stays = job.review is ReviewReason.PICTURE or (of_member and not isinstance(member, Membership))
    if reason is None and stays:
        reason = job.review
    word = found.word if found is not None else None
    words.note_asked(connection, job.id, standing.words.version, word, reason)
    return reason
