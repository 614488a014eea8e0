"""Makes the record of a moderator's action on one remix."""

from bot.rules.cases import CaseKind
from bot.storage.engine.database import Connection
from bot.storage.moderation.cases import NewCase
from bot.storage.remixes import results
from bot.storage.remixes.jobs import Job
from bot.use_cases.moderation.acting import Acting


def case_about(connection: Connection, acting: Acting, kind: CaseKind, job: Job) -> NewCase:
    """With the first message that shows the remix, if there is one."""
    posts = results.posts_of(connection, job.id)
    return NewCase(
        guild_id=acting.guild_id,
        kind=kind,
        actor_id=acting.actor_id,
        target_id=job.user_id,
        reason=acting.reason,
        job_id=job.id,
        channel_id=posts[0].channel_id if posts else job.channel_id,
        message_id=posts[0].message_id if posts else None,
    )
