"""Writes what happens in a server into its log channel, each entry once.

An entry is added in the transaction of what it is about, and written later by a task of its own. So nothing waits for
Discord, and a crash loses no entry.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.rules.log_kinds import MAX_ENTRY_AGE
from bot.storage.engine.database import Connection
from bot.storage.matters import matters
from bot.storage.moderation.cases import Case
from bot.storage.server_log import log_entries, log_posts
from bot.storage.server_log.log_entries import LogEntry
from bot.storage.server_log.log_posts import LogPost
from bot.storage.standing import policies, servers
from bot.use_cases.core import Core
from bot.use_cases.server_log import log_facts
from bot.use_cases.server_log.log_facts import LogChannel, LogFact, MatterOpened, NeverWrittenError, NotWrittenError
from bot.use_cases.watch import Rounds
from bot.waiting import wait_for_event

IN_A_MESSAGE = 5
"""Entries. A message has at most 40 components and 4,000 characters, and a remix takes 7 components:
https://discord.com/developers/docs/components/reference"""

_SERVERS_AT_ONCE = 16
_PACE_S = 1.0
"""Between two messages into one channel, so that the log keeps away from Discord's rate limit."""
_GLANCE_S = 0.25
"""Between two rounds with nothing to write: a busy bot has news many times a second."""
_REST_UNTIL_MENDED = timedelta(minutes=10)
_FIRST_REST = timedelta(seconds=15)
_LONGEST_REST = timedelta(minutes=5)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Message:
    """The next message into a channel."""

    guild_id: int
    channel_id: int
    entries: Sequence[LogEntry]
    facts: Sequence[LogFact]

    @property
    def nonce(self) -> str:
        """At most 25 characters. It has the time in it, because a restored backup gives its numbers out again."""
        first = self.entries[0]
        return f"log{first.id}-{int(first.at.timestamp())}"


@dataclass(frozen=True, slots=True)
class _Rest:
    """How long a channel that could not be written to is left alone."""

    until: datetime
    tries: int


class WriteLog(Rounds):
    """News of jobs, cases and refusals wakes it."""

    name = "a round of log channels"
    unavailable = "the log channels cannot be written now; will try again"
    failed = "the log channels could not be written because of an unexpected error"
    # Without any news: repeats become due when their minute is over, and a rest ends.
    look_again_s = 15.0

    def __init__(self, core: Core, channel: LogChannel) -> None:
        super().__init__(core)
        self._channel = channel
        self._round = asyncio.Lock()
        self._resting: dict[int, _Rest] = {}

    def case_added(self, case: Case) -> None:
        """A case may be a change of the settings that mends the log channel, so the channel is tried again at once."""
        self._resting.pop(case.guild_id, None)
        self._woken.set()

    async def run(self) -> None:
        """Runs until it is cancelled."""
        while True:
            self._woken.clear()
            has_more = await self._try_round()
            await asyncio.sleep(_PACE_S if has_more else _GLANCE_S)
            if not has_more:
                await wait_for_event(self._woken, self.look_again_s)

    async def finish(self) -> None:
        """Write one more message for each server, at a shutdown. The next start writes the rest."""
        await self._try_round()

    async def round(self) -> bool:
        """Write at most one message for each server that has entries. Returns False if none has."""
        async with self._round:
            now = self._core.clock()
            resting = [guild_id for guild_id, rest in self._resting.items() if rest.until > now]
            due = await self._core.database.read(log_entries.due_servers, now, resting, _SERVERS_AT_ONCE)
            await asyncio.gather(*(self._write(guild_id) for guild_id in due))
            return bool(due)

    async def _write(self, guild_id: int) -> None:
        message = await self._core.database.transaction(self._take, guild_id)
        if message is None or not self._core.process.leads:
            # This process was stopped for a while, and another one writes the log by now.
            return
        message_id = None
        try:
            if message.facts:
                message_id = await self._channel.write(guild_id, message.channel_id, message.facts, message.nonce)
        except NotWrittenError as error:
            await self._rest(guild_id, error)
            return
        except NeverWrittenError as error:
            log.error("entries of a log channel were left out", server=guild_id, reason=str(error))
        self._resting.pop(guild_id, None)
        await self._core.database.transaction(self._written, message, message_id)
        if any(isinstance(fact, MatterOpened) for fact in message.facts):
            self._core.news.post_change_due()

    def _take(self, connection: Connection, guild_id: int) -> _Message | None:
        now = self._core.clock()
        channel_id = policies.read(connection, guild_id).log_channel
        if channel_id is None:
            log_entries.forget_all(connection, guild_id)
            servers.write_log_problem(connection, guild_id, None, now)
            return None
        if left_out := log_entries.forget_before(connection, guild_id, now - MAX_ENTRY_AGE):
            log.warning("entries of a log channel were left out", server=guild_id, entries=left_out, reason="too old")
        entries = log_entries.take(connection, guild_id, now, IN_A_MESSAGE)
        facts = [fact for entry in entries if (fact := log_facts.read(connection, entry)) is not None]
        return _Message(guild_id, channel_id, entries, facts) if entries else None

    def _written(self, connection: Connection, message: _Message, message_id: int | None) -> None:
        log_entries.delete(connection, message.entries)
        if message_id is not None:
            post = LogPost(message.guild_id, message.channel_id, message_id)
            log_posts.add(connection, post, message.entries, self._core.clock())
            self._draw_again_if_changed(connection, message)
        servers.write_log_problem(connection, message.guild_id, None, self._core.clock())

    def _draw_again_if_changed(self, connection: Connection, message: _Message) -> None:
        """A matter that changed while its card was on its way had no message yet that could be drawn again."""
        for fact in message.facts:
            if isinstance(fact, MatterOpened) and matters.find(connection, fact.matter.id) != fact.matter:
                matters.mark_changed(connection, fact.matter.id, self._core.clock())

    async def _rest(self, guild_id: int, error: NotWrittenError) -> None:
        # Discord blocks an address after 10,000 refused requests in ten minutes, counted over all servers:
        # https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
        now = self._core.clock()
        earlier = self._resting.get(guild_id)
        tries = earlier.tries if earlier else 0
        needs_moderator = error.problem.needs_moderator
        pause = _REST_UNTIL_MENDED if needs_moderator else min(_LONGEST_REST, _FIRST_REST * 2**tries)
        self._resting[guild_id] = _Rest(now + pause, min(tries + 1, 10))
        await self._core.database.transaction(servers.write_log_problem, guild_id, error.problem, now)
        log.warning(
            "a log channel cannot be written to",
            server=guild_id,
            problem=error.problem,
            reason=str(error),
            again_in=str(pause),
        )
