"""Moderators block a member of their server from the bot, let them in again, and warn them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.rules.cases import CaseKind
from bot.storage.engine.database import Connection
from bot.storage.moderation import cases, moderated_jobs
from bot.storage.moderation.cases import Case, NewCase
from bot.storage.standing import member_blocks
from bot.storage.standing.member_blocks import BlockedMember
from bot.use_cases.core import Core
from bot.use_cases.moderation.case_book import Acting

_SHOWN = 10

REPLACED = "replaced"
"""In a block's details: the number of the block that held before and that undoing brings back."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """`waiting`: how many of the member's remixes wait; they end uncharged when their turn comes."""

    case: Case
    waiting: int


class ModerateMember:
    """A block holds from its commit on: the gate asks for it, and so does the transaction before each paid call."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def block(self, acting: Acting, user_id: int, length: timedelta | None) -> Blocked:
        """For so long, or until they are let in again. In the place of a block that is there."""
        blocked = await self._core.database.transaction(self._block, acting, user_id, length)
        self._core.news.case_added(blocked.case)
        return blocked

    def _block(self, connection: Connection, acting: Acting, user_id: int, length: timedelta | None) -> Blocked:
        now, guild_id = self._core.clock(), acting.guild_id
        until = now + length if length is not None else None
        before = member_blocks.find(connection, guild_id, user_id)
        holds = before is not None and (before.until is None or before.until > now)
        new = NewCase(
            guild_id=guild_id,
            kind=CaseKind.BLOCK,
            actor_id=acting.actor_id,
            target_id=user_id,
            reason=acting.reason,
            until=until,
            details={REPLACED: str(before.case_number)} if before is not None and holds else {},
        )
        case = cases.add(connection, new, now)
        member_blocks.put(connection, BlockedMember(guild_id, user_id, case.number, now, until, acting.reason))
        return Blocked(case, moderated_jobs.count_queued(connection, guild_id, user_id))

    async def unblock(self, acting: Acting, user_id: int) -> Case | None:
        """None: the member is not blocked."""
        case = await self._core.database.transaction(self._unblock, acting, user_id)
        if case is not None:
            self._core.news.case_added(case)
        return case

    def _unblock(self, connection: Connection, acting: Acting, user_id: int) -> Case | None:
        now = self._core.clock()
        before = member_blocks.find(connection, acting.guild_id, user_id)
        member_blocks.lift(connection, acting.guild_id, user_id)
        if before is None or (before.until is not None and before.until <= now):
            return None
        new = NewCase(acting.guild_id, CaseKind.UNBLOCK, acting.actor_id, user_id, acting.reason)
        return cases.add(connection, new, now)

    async def warn(self, acting: Acting, user_id: int) -> Case:
        """The member is told at their next use of the bot."""
        new = NewCase(acting.guild_id, CaseKind.WARN, acting.actor_id, user_id, acting.reason)
        case = await self._core.database.transaction(lambda connection: cases.add(connection, new, self._core.clock()))
        self._core.news.case_added(case)
        return case

    async def blocks(self, guild_id: int) -> Sequence[BlockedMember]:
        """Those that hold now, the newest first; some of them, where there are very many."""
        return await self._core.database.transaction(
            lambda connection: member_blocks.active(connection, guild_id, self._core.clock(), _SHOWN)
        )
