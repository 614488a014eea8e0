"""A posted result is taken down, by its author or by somebody who may manage messages there."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.rules.job_states import JobState
from bot.storage.engine.database import Connection, Database
from bot.storage.remixes import jobs, results, retention
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.results import Post
from bot.use_cases.ports import Clock


@dataclass(frozen=True, slots=True)
class MayDelete:
    """The messages that go."""

    job: Job
    posts: Sequence[Post]


class MayNotDelete(StrEnum):
    """`NOT_YET`: its posting is not written down yet, or more of it is still to come."""

    NOT_YOURS = "not_yours"
    NOT_YET = "not_yet"


class DeleteResult:
    """First `check`, then the messages are deleted, then `done` lets go of the pictures."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def check(
        self, job_id: int, message_id: int, user_id: int, *, manages_messages: bool
    ) -> MayDelete | MayNotDelete:
        """`NOT_YOURS` also where that message does not show that job."""
        return await self._database.transaction(self._check, job_id, message_id, user_id, manages_messages)

    def _check(
        self, connection: Connection, job_id: int, message_id: int, user_id: int, manages_messages: bool
    ) -> MayDelete | MayNotDelete:
        job = jobs.find(connection, job_id)
        if job is None or not (manages_messages or job.user_id == user_id):
            return MayNotDelete.NOT_YOURS
        if job.state is JobState.GENERATED:
            return MayNotDelete.NOT_YET
        posts = results.posts_of(connection, job_id)
        if message_id not in {post.message_id for post in posts}:
            return MayNotDelete.NOT_YOURS
        return MayDelete(job, posts)

    async def done(self, job_id: int, user_id: int) -> None:
        """The messages are gone."""
        await self._database.transaction(self._done, job_id, user_id)

    def _done(self, connection: Connection, job_id: int, user_id: int) -> None:
        now = self._clock()
        job = jobs.get(connection, job_id)
        results.mark_deleted(connection, job_id, now)
        retention.forget_job(connection, job_id)
        by = "its author" if job.user_id == user_id else f"user {user_id}"
        jobs.record_event(connection, job, f"deleted by {by}", now)
