"""Asks the lists of pictures about what is about to be shown."""

from collections.abc import Iterable

from bot.rules.gate import decide_picture
from bot.rules.refusals import Refused
from bot.storage.engine.database import Connection
from bot.storage.standing import policies
from bot.use_cases.core import Core


def refused_picture(core: Core, connection: Connection, guild_id: int, hashes: Iterable[str | None]) -> Refused | None:
    """Of the first of these pictures that is like a listed one. Raises PictureUnknownError."""
    found = [core.listed_pictures.judge(connection, guild_id, hash_) for hash_ in hashes]
    if not any(picture.found for picture in found):
        return None
    policy = policies.read(connection, guild_id)
    return next((refused for picture in found if (refused := decide_picture(picture, policy))), None)
