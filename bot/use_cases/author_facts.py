"""Asks Discord about the authors of remixes that have waited: still a member, which roles, timed out?"""

import asyncio
from datetime import datetime, timedelta

import structlog

from bot.rules.membership import FACTS_HOLD, Absent, Membership
from bot.storage.remixes.jobs import Job
from bot.use_cases.core import Clock
from bot.use_cases.ports import Members

_AT_ONCE = 4
# A job waits for an answer before it takes its slot, so a slow Discord must not be waited for long. Without an answer
# nothing has changed, and the next attempt asks again.
_LONGEST_ASK_S = 2.0
_QUIET = timedelta(seconds=10)
_MOST_KEPT = 2_000

log = structlog.get_logger(__name__)


class AuthorFacts:
    """Answers are kept for a minute. Bans and servers that the bot left are noted here as soon as Discord says so.

    It says so to one process, which sends it to the others. If that gets lost, an answer still holds for a minute only.
    """

    def __init__(self, clock: Clock, members: Members) -> None:
        self._clock = clock
        self._members = members
        self._started = clock()
        self._known: dict[tuple[int, int], tuple[Membership | Absent, datetime]] = {}
        self._left: dict[int, datetime] = {}
        self._silent: dict[int, datetime] = {}
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def ask(self, job: Job) -> Membership | Absent | None:
        """Takes two seconds at most. Call it outside of transactions.

        None: the job's own facts are younger than a minute, or Discord does not answer. Nothing has changed then.
        Facts of an earlier process are not believed: nobody noted what happened while the bot was off.
        """
        if self._is_left(job.guild_id, since=job.accepted_at):
            return Absent.BOT
        known = self._recall(job.guild_id, job.user_id, since=job.accepted_at)
        if known is not None or (self._is_recent(job.accepted_at) and job.accepted_at >= self._started):
            return known
        return await self.look_up(job.guild_id, job.user_id)

    async def look_up(self, guild_id: int, user_id: int) -> Membership | Absent | None:
        """Ask Discord whatever is known. None: no answer."""
        asked = False
        try:
            async with asyncio.timeout(_LONGEST_ASK_S), self._places:
                # Asked with a place in hand, so that those who had to wait for one do not ask in vain.
                if self._is_recent(self._silent.get(guild_id), within=_QUIET):
                    return None
                asked = True
                found = await self._members.find(guild_id, user_id)
        except TimeoutError:
            found = None
        now = self._clock()
        if found is None and asked:
            # Whoever got no place in time has not asked, and that says nothing about Discord.
            log.info("Discord does not say whether an author is still a member", guild=guild_id)
            self._silent[guild_id] = now
        elif found is not None:
            self._silent.pop(guild_id, None)
            self._keep(guild_id, user_id, found, now)
        return found

    def note_ban(self, guild_id: int, user_id: int) -> None:
        self._keep(guild_id, user_id, Absent.MEMBER, self._clock())

    def note_left(self, guild_id: int) -> None:
        """The bot was removed from that server."""
        self._left[guild_id] = self._clock()

    def note_joined(self, guild_id: int) -> None:
        """The bot is in that server, perhaps again, and so may be the people who were asked about."""
        self._left.pop(guild_id, None)
        for key in [key for key in self._known if key[0] == guild_id]:
            del self._known[key]

    def _is_left(self, guild_id: int, since: datetime) -> bool:
        """A command that came after the bot left shows that it is back."""
        left_at = self._left.get(guild_id)
        return left_at is not None and left_at >= since

    def _recall(self, guild_id: int, user_id: int, since: datetime) -> Membership | Absent | None:
        """What is not older than a minute, nor than the command, which brought facts of its own."""
        found, at = self._known.get((guild_id, user_id), (None, None))
        return found if at is not None and at >= since and self._is_recent(at) else None

    def _is_recent(self, at: datetime | None, within: timedelta = FACTS_HOLD) -> bool:
        # A time in the future tells that the clock was set back.
        return at is not None and timedelta(0) <= self._clock() - at < within

    def _keep(self, guild_id: int, user_id: int, found: Membership | Absent, now: datetime) -> None:
        self._known[guild_id, user_id] = found, now
        if len(self._known) > _MOST_KEPT:
            self._known = {key: kept for key, kept in self._known.items() if self._is_recent(kept[1])}
            self._silent = {key: at for key, at in self._silent.items() if self._is_recent(at)}
