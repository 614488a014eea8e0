"""Deletes a posted result for its author, or for the member whose picture it was made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bot.rules.job_states import JobState
from bot.rules.log_kinds import LogKind
from bot.rules.removals import Removal
from bot.storage.engine.database import Connection
from bot.storage.matters import sealed
from bot.storage.moderation import evidence
from bot.storage.remixes import families, jobs, results
from bot.storage.remixes.jobs import Job
from bot.storage.server_log import log_entries
from bot.storage.sets import sets
from bot.use_cases.core import Core
from bot.use_cases.removal.take_down import NOT_MADE, take_down

Card = tuple[int | None, int]
"""The channel and the message that show the job."""


class CannotDelete(StrEnum):
    """`NOT_YET`: it is still being posted."""

    NOT_YOURS = "not_yours"
    NOT_YET = "not_yet"


@dataclass(frozen=True, slots=True)
class Deletion:
    """What a person can delete, as whom, and how many other remixes of the same picture go with it.

    `owner_id`: the member whose picture it is; None if that is not known any more.
    """

    job: Job
    by: Removal
    others: int
    owner_id: int | None


async def find_deletion(
    core: Core, job_id: int, card: Card, user_id: int, *, manages_messages: bool
) -> Deletion | CannotDelete:
    """`NOT_YOURS` also if that message does not show that job: permissions are those in its channel."""

    def find(connection: Connection) -> Deletion | CannotDelete:
        return _find(connection, job_id, card, user_id, manages_messages=manages_messages)

    return await core.database.read(find)


def _find(
    connection: Connection, job_id: int, card: Card, user_id: int, *, manages_messages: bool
) -> Deletion | CannotDelete:
    job = jobs.find(connection, job_id)
    if job is None:
        return CannotDelete.NOT_YOURS
    owner_id = families.owner_of(connection, job)
    if job.user_id == user_id:
        by = Removal.AUTHOR
    elif owner_id == user_id:
        by = Removal.OWNER
    elif manages_messages:
        by = Removal.MODERATOR
    else:
        return CannotDelete.NOT_YOURS
    if job.state is JobState.GENERATED:
        return CannotDelete.NOT_YET
    if card not in {(post.channel_id, post.message_id) for post in results.posts_of(connection, job_id)}:
        return CannotDelete.NOT_YOURS
    others = [each for each in _that_go(connection, job, by) if each.id != job.id and each.removed_at is None]
    return Deletion(job, by, sum(each.state not in NOT_MADE for each in others), owner_id)


def _that_go(connection: Connection, job: Job, by: Removal) -> Sequence[Job]:
    """Only with the first result goes the picture itself, and all that was made of it. Moderators always mean both."""
    if job.root_id is None or by is Removal.MODERATOR:
        return families.branch_of(connection, job)
    # They are shown on one card.
    return sets.with_siblings(connection, job)


async def delete_result(
    core: Core, job_id: int, card: Card, user_id: int, *, keep: timedelta
) -> Sequence[int] | CannotDelete:
    """Returns the numbers of the jobs whose messages are to be deleted after this.

    `keep`: how long moderators can look at what was posted.
    """

    def delete(connection: Connection) -> Sequence[int] | CannotDelete:
        now = core.clock()
        found = _find(connection, job_id, card, user_id, manages_messages=False)
        if isinstance(found, CannotDelete):
            return found
        going = _that_go(connection, found.job, found.by)
        if found.job.removed_at is None:
            # Only what was posted: a result that nobody else saw is private.
            for each in going if keep else ():
                is_posted = each.state is JobState.DELIVERED and results.posts_of(connection, each.id)
                # What may be illegal is sealed for the operator, and moderators do not look at it.
                if is_posted and not sealed.is_reported(connection, each.id):
                    evidence.keep_results(connection, each.id, now + keep)
            take_down(connection, going, lambda job: _removal(job, user_id), now)
            cause = "deleted by its author" if found.by is Removal.AUTHOR else "deleted by the owner of its picture"
            jobs.record_event(connection, found.job, cause, now)
            log_entries.add(connection, found.job.guild_id, LogKind.DELETION, now, subject=job_id)
        return [job.id for job in going]

    deleted = await core.database.transaction(delete)
    if not isinstance(deleted, CannotDelete):
        # A report of it has ended, and its card is to be drawn again.
        core.news.post_change_due()
        for each in deleted:
            core.news.job_changed(each)
    return deleted


def _removal(job: Job, user_id: int) -> Removal:
    return Removal.AUTHOR if job.user_id == user_id else Removal.OWNER
