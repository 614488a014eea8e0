"""Deletes a posted result, for its author or for a member with Manage Messages in that channel."""

from collections.abc import Sequence
from enum import StrEnum

from bot.rules.job_states import JobState
from bot.storage.engine.database import Connection
from bot.storage.remixes import jobs, results, retention
from bot.storage.remixes.results import Post
from bot.use_cases.core import Core


class CannotDelete(StrEnum):
    """`NOT_YET`: it is still being posted, and messages that are not recorded yet would stay."""

    NOT_YOURS = "not_yours"
    NOT_YET = "not_yet"


async def posts_to_delete(
    core: Core, job_id: int, card: tuple[int | None, int], user_id: int, *, manages_messages: bool
) -> Sequence[Post] | CannotDelete:
    """The messages to delete. Call `record_deleted` afterwards.

    `card`: the channel and the message. `NOT_YOURS` also if that message does not show that job.
    """

    def read(connection: Connection) -> Sequence[Post] | CannotDelete:
        job = jobs.find(connection, job_id)
        if job is None or not (manages_messages or job.user_id == user_id):
            return CannotDelete.NOT_YOURS
        if job.state is JobState.GENERATED:
            return CannotDelete.NOT_YET
        posts = results.posts_of(connection, job_id)
        return posts if card in {(post.channel_id, post.message_id) for post in posts} else CannotDelete.NOT_YOURS

    return await core.database.transaction(read)


async def record_deleted(core: Core, job_id: int, user_id: int) -> None:
    """Record that the messages are deleted, and stop keeping the pictures."""

    def record(connection: Connection) -> None:
        now = core.clock()
        job = jobs.get(connection, job_id)
        results.mark_deleted(connection, job_id, now)
        retention.forget_job(connection, job_id)
        by = "its author" if job.user_id == user_id else f"user {user_id}"
        jobs.record_event(connection, job, f"deleted by {by}", now)

    await core.database.transaction(record)
