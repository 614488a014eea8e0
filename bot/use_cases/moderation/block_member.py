"""Blocks a member of a server from making remixes, and unblocks them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.rules.cases import CaseKind
from bot.rules.pages import Cursor, Page, make_page
from bot.storage.engine.database import Connection
from bot.storage.moderation import cases, moderated_jobs
from bot.storage.moderation.cases import Case, NewCase
from bot.storage.standing import member_blocks
from bot.storage.standing.member_blocks import BlockedMember
from bot.use_cases.core import Core
from bot.use_cases.moderation.acting import Acting

_LISTED = 10

STILL_BLOCKED = "still_blocked"
"""In the details of a case: the number of an earlier block that ends later, and so is the one that holds."""

WARNED = "warning"
"""In the details of a block by rule: the number of the warning that was one too many."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """`holds` is the block that ends last: a new one never shortens an earlier one.

    `waiting`: how many remixes of the member are queued. They end uncharged when their turn comes.
    """

    case: Case
    holds: BlockedMember
    waiting: int

    @property
    def is_longest(self) -> bool:
        return self.holds.case_number == self.case.number


async def block_member(core: Core, acting: Acting, user_id: int, length: timedelta | None) -> Blocked:
    """Block for this length of time, or until they are unblocked.

    It applies from its commit on: the gate checks it, and so does the transaction before each paid call.
    """
    new = NewCase(acting.guild_id, CaseKind.BLOCK, acting.actor_id, user_id, acting.reason)
    blocked = await core.database.transaction(lambda connection: add_block(connection, new, length, core.clock()))
    core.news.case_added(blocked.case)
    return blocked


def add_block(connection: Connection, new: NewCase, length: timedelta | None, now: datetime) -> Blocked:
    """Record a BLOCK case and block its target. Every way of blocking ends here. The caller reports the case as news.

    A longer block that runs already stays as it is, with its reason. Both cases are kept, so that lifting the longer
    one leaves the shorter.
    """
    if new.target_id is None:
        raise ValueError("a block needs a member")
    guild_id, user_id = new.guild_id, new.target_id
    until = now + length if length is not None else None
    before = member_blocks.find(connection, guild_id, user_id)
    stays = before is not None and (before.until is None or (until is not None and before.until >= until))
    details = {**new.details, STILL_BLOCKED: str(before.case_number)} if before is not None and stays else new.details
    case = cases.add(connection, replace(new, until=until, details=details), now)
    member_blocks.add(connection, BlockedMember(guild_id, user_id, case.number, now, until, new.reason))
    holds = member_blocks.find(connection, guild_id, user_id)
    if holds is None:
        raise LookupError("the block was just added")
    return Blocked(case, holds, moderated_jobs.count_queued(connection, guild_id, user_id))


async def unblock_member(core: Core, acting: Acting, user_id: int) -> Case | None:
    """Lift every block of the member. None: they are not blocked."""

    def unblock(connection: Connection) -> Case | None:
        now = core.clock()
        lifted = [
            block for block in member_blocks.lift_all(connection, acting.guild_id, user_id) if not block.is_over(now)
        ]
        if not lifted:
            return None
        new = NewCase(acting.guild_id, CaseKind.UNBLOCK, acting.actor_id, user_id, acting.reason)
        case = cases.add(connection, new, now)
        for block in lifted:
            cases.mark_undone(connection, block.case_number, case)
        return case

    case = await core.database.transaction(unblock)
    if case is not None:
        core.news.case_added(case)
    return case


async def active_blocks(core: Core, guild_id: int, cursor: Cursor | None = None) -> Page[BlockedMember]:
    """The newest first. The number of an entry is that of its case."""

    def read(connection: Connection) -> Sequence[BlockedMember]:
        return member_blocks.active(connection, guild_id, core.clock(), _LISTED + 1, cursor)

    found = await core.database.read(read)
    return make_page(found, _LISTED, cursor, lambda block: block.case_number)
