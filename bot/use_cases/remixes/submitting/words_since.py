"""Asks a server's word lists again about a job, if they have changed since it was accepted."""

from dataclasses import replace

from bot.rules.gate import StandingFacts, find_for_review
from bot.rules.membership import Absent, Membership
from bot.storage.engine.database import Connection
from bot.storage.remixes.jobs import Job
from bot.storage.standing import words
from bot.use_cases.core import Core
from bot.use_cases.remixes.submitting.allowed_prompts import still_allowed


class MemberUnknownError(Exception):
    """The AutoMod rules of the server have changed, and exempt some: ask Discord about the author and try again."""


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
    if found.by_automod and member is None and not was_asked:
        raise MemberUnknownError
    return replace(standing, words=still_allowed(connection, job, found))


def note_review(
    connection: Connection, job: Job, standing: StandingFacts, member: Membership | Absent | None
) -> str | None:
    """Record what the lists say now. A word that was taken off them no longer holds the result back."""
    review = find_for_review(standing, member)
    word = review.entry.text if review else None
    words.note_asked(connection, job.id, standing.words.version, word)
    return word
