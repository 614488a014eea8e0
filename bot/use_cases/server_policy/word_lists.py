"""Reads the word lists of a server, for its admins."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.rules.words.entries import WordEntry
from bot.storage.engine.database import Connection
from bot.storage.standing import automod, policies, words
from bot.storage.standing.automod import AutoModRead
from bot.use_cases.core import Core


@dataclass(frozen=True, slots=True)
class WordLists:
    """`automod` None: its rules were never asked for. `applies`: the server wants them for prompts."""

    entries: Sequence[WordEntry]
    automod: AutoModRead | None
    applies: bool


async def read_word_lists(core: Core, guild_id: int) -> WordLists:
    def read(connection: Connection) -> WordLists:
        applies = policies.read(connection, guild_id).applies_automod
        return WordLists(words.read(connection, guild_id), automod.find(connection, guild_id), applies)

    return await core.database.read(read)


async def matching_words(core: Core, guild_id: int, typed: str, limit: int) -> Sequence[WordEntry]:
    """Those with that text in them, in any case, up to `limit`."""
    return await core.database.read(words.search, guild_id, typed.strip().casefold(), limit)
