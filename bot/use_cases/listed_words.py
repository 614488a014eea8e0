"""Asks a server's word lists about prompts. The lists of a version are made once and kept ready."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

from bot.rules.words.automod import AutoModRule
from bot.rules.words.entries import WordEntry
from bot.rules.words.findings import NO_WORDS, ServerLists, WordFacts
from bot.storage.engine.database import Connection, Database
from bot.storage.remixes.jobs import Job
from bot.storage.standing import automod, policies, words

_MOST_ENTRIES = 50_000
"""Kept ready. An entry takes about a kilobyte."""
_MANY = 500
"""Lists as long as that are made outside of transactions: ten thousand words take half a second."""
_MOST_JUDGED = 500
_MOST_SHORT = 100_000


class ListedWords:
    """Safe to use from several threads: what two of them make at once is the same."""

    def __init__(self) -> None:
        self._lists: OrderedDict[int, ServerLists] = OrderedDict()
        self._judged: OrderedDict[tuple[int, int, str], WordFacts] = OrderedDict()
        # Servers with few words or none, so that most remixes need no look at the lists beforehand.
        self._short: set[int] = set()

    def judge(self, connection: Connection, guild_id: int, prompt: str | None) -> WordFacts:
        """What the lists find, as they are in this transaction. None: there is no prompt yet."""
        version = words.version(connection, guild_id)
        if version == 0:
            self._note_size(guild_id, 0)
        if version == 0 or prompt is None:
            return NO_WORDS
        key = (guild_id, version, prompt)
        judged = self._judged.get(key)
        if judged is None:
            judged = self._lists_of(connection, guild_id, version).judge(prompt)
            self._keep_judged(key, judged)
        return judged

    def judge_again(self, connection: Connection, job: Job) -> WordFacts:
        """NO_WORDS: the lists are those that the job's prompt was asked about."""
        if words.version(connection, job.guild_id) == job.words_version:
            return NO_WORDS
        return self.judge(connection, job.guild_id, job.request.sent_prompt)

    async def prepare(self, database: Database, guild_id: int, prompt: str) -> None:
        """Do the work of `judge` before its transaction, in another thread, if that is much: others wait for it there.

        Call it as often as you like. Without it `judge` only takes longer.
        """
        if guild_id in self._short:
            return
        version, ready, size = await database.read(self._look, guild_id)
        if version == 0 or (size < _MANY and ready is None):
            return
        if ready is None:
            version, entries, rules = await database.read(_read, guild_id)
            ready = await asyncio.to_thread(ServerLists, version, entries, rules)
            self._keep(guild_id, ready)
        if size >= _MANY:
            self._keep_judged((guild_id, version, prompt), await asyncio.to_thread(ready.judge, prompt))

    def _look(self, connection: Connection, guild_id: int) -> tuple[int, ServerLists | None, int]:
        version = words.version(connection, guild_id)
        ready = self._lists.get(guild_id)
        if ready is not None and ready.version == version:
            return version, ready, ready.size
        return version, None, sum(words.count(connection, guild_id).values()) if version else 0

    def _lists_of(self, connection: Connection, guild_id: int, version: int) -> ServerLists:
        ready = self._lists.get(guild_id)
        if ready is None or ready.version != version:
            ready = ServerLists(*_read(connection, guild_id))
            self._keep(guild_id, ready)
        return ready

    def _note_size(self, guild_id: int, size: int) -> None:
        if size >= _MANY:
            self._short.discard(guild_id)
        elif len(self._short) < _MOST_SHORT:
            self._short.add(guild_id)

    def _keep(self, guild_id: int, made: ServerLists) -> None:
        self._note_size(guild_id, made.size)
        self._lists[guild_id] = made
        self._lists.move_to_end(guild_id)
        while len(self._lists) > 1 and sum(each.size + 1 for each in list(self._lists.values())) > _MOST_ENTRIES:
            self._lists.popitem(last=False)

    def _keep_judged(self, key: tuple[int, int, str], judged: WordFacts) -> None:
        self._judged[key] = judged
        while len(self._judged) > _MOST_JUDGED:
            self._judged.popitem(last=False)


def _read(connection: Connection, guild_id: int) -> tuple[int, Sequence[WordEntry], Sequence[AutoModRule]]:
    found = automod.find(connection, guild_id) if policies.read(connection, guild_id).applies_automod else None
    rules = (found.rules if found is not None else None) or ()
    return words.version(connection, guild_id), words.read(connection, guild_id), rules
