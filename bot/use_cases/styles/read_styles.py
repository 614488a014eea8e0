"""Reads the styles that a server offers."""

from collections.abc import Sequence

from bot.rules.styles import Style, style_key
from bot.storage.engine.database import Connection
from bot.storage.standing import styles
from bot.use_cases.core import Core


async def read_styles(core: Core, guild_id: int, typed: str = "") -> Sequence[Style]:
    """In alphabetical order. `typed`: only those with this in their name, in any case."""

    def read(connection: Connection) -> Sequence[Style]:
        found = styles.read(connection, guild_id)
        return [style for key, style in found.items() if style_key(typed) in key]

    return await core.database.read(read)
