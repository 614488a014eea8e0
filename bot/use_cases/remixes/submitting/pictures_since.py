"""Asks the lists of pictures about what is about to be shown."""

from collections.abc import Iterable

from bot.rules.gate import decide_picture
from bot.rules.refusals import Reason, Refused
from bot.storage.engine.database import Connection
from bot.storage.remixes.jobs import Job
from bot.storage.standing import policies
from bot.use_cases.core import Core
from bot.use_cases.remixes.submitting.allowed_once import source_still_allowed


def refused_picture(core: Core, connection: Connection, job: Job, shown: Iterable[str | None]) -> Refused | None:
    """Of its source or of one of these results that is like a listed one; first, what the operator does not allow.

    Raises PictureUnknownError.
    """
    found = [core.listed_pictures.judge(connection, job.guild_id, hash_) for hash_ in shown]
    source = core.listed_pictures.judge(connection, job.guild_id, job.source_hash)
    found.insert(0, source_still_allowed(connection, job, source))
    if not any(picture.found for picture in found):
        return None
    policy = policies.read(connection, job.guild_id)
    refusals = [refused for picture in found if (refused := decide_picture(picture, policy))]
    return min(refusals, key=lambda refused: refused.reason is not Reason.PICTURE_BANNED, default=None)
