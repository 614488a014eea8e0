"""Blocks a member of a server from making remixes, and unblocks them."""

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
from bot.use_cases.moderation.acting import Acting

_LISTED = 10

REPLACED = "replaced"
"""In a block's details: the number of the block that it replaced. Undoing the new one restores that block."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """`waiting`: how many remixes of the member are queued. They end uncharged when their turn comes."""

    case: Case
    waiting: int


async def block_member(core: Core, acting: Acting, user_id: int, length: timedelta | None) -> Blocked:
    """Block for this length of time, or until they are unblocked. Replaces a block that is on already.

    It applies from its commit on: the gate checks it, and so does the transaction before each paid call.
    """

    def block(connection: Connection) -> Blocked:
        now, guild_id = core.clock(), acting.guild_id
        before = member_blocks.find(connection, guild_id, user_id)
        new = NewCase(
            guild_id=guild_id,
            kind=CaseKind.BLOCK,
            actor_id=acting.actor_id,
            target_id=user_id,
            reason=acting.reason,
            until=now + length if length is not None else None,
            details={REPLACED: str(before.case_number)} if before is not None and not before.is_over(now) else {},
        )
        case = cases.add(connection, new, now)
        member_blocks.put(connection, BlockedMember(guild_id, user_id, case.number, now, case.until, acting.reason))
        return Blocked(case, moderated_jobs.count_queued(connection, guild_id, user_id))

    blocked = await core.database.transaction(block)
    core.news.case_added(blocked.case)
    return blocked


async def unblock_member(core: Core, acting: Acting, user_id: int) -> Case | None:
    """None: the member is not blocked."""

    def unblock(connection: Connection) -> Case | None:
        now = core.clock()
        before = member_blocks.find(connection, acting.guild_id, user_id)
        # A block that has ended still has its row: nothing runs at the moment when it ends.
        member_blocks.lift(connection, acting.guild_id, user_id)
        if before is None or before.is_over(now):
            return None
        new = NewCase(acting.guild_id, CaseKind.UNBLOCK, acting.actor_id, user_id, acting.reason)
        return cases.add(connection, new, now)

    case = await core.database.transaction(unblock)
    if case is not None:
        core.news.case_added(case)
    return case


async def active_blocks(core: Core, guild_id: int) -> Sequence[BlockedMember]:
    """The newest first, ten at most."""
    return await core.database.transaction(
        lambda connection: member_blocks.active(connection, guild_id, core.clock(), _LISTED)
    )
