"""Warns a member, who reads it privately at their next use of the bot, and writes notes that only moderators read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.policies import WarningLimit
from bot.rules.policy_fields import WARNING_BLOCK_S
from bot.storage.engine.database import Connection
from bot.storage.moderation import cases, unread_cases
from bot.storage.moderation.cases import Case, NewCase
from bot.storage.moderation.unread_cases import Unread
from bot.storage.standing import policies
from bot.use_cases.core import Core
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.block_member import WARNED, Blocked, add_block


@dataclass(frozen=True, slots=True)
class Warned:
    """`blocked`: the server blocks members with that many warnings (`limit`), and this was one too many."""

    case: Case
    blocked: Blocked | None = None
    limit: WarningLimit | None = None


async def warn_member(core: Core, acting: Acting, user_id: int) -> Warned:
    """Once the server's limit is reached, each further warning within its time blocks again.

    The block has the reason of the warning. It is no moderator's: its actor is BY_RULE.
    """
    new = NewCase(acting.guild_id, CaseKind.WARN, acting.actor_id, user_id, acting.reason)
    warned = await core.database.transaction(lambda connection: add_warning(connection, new, core.clock()))
    report_warning(core, warned)
    return warned


def add_warning(connection: Connection, new: NewCase, now: datetime) -> Warned:
    """Every way of warning ends here. The caller reports it."""
    return _with_block(connection, cases.add(connection, new, now), now)


def report_warning(core: Core, warned: Warned) -> None:
    core.news.case_added(warned.case)
    if warned.blocked is not None:
        core.news.case_added(warned.blocked.case)


def _with_block(connection: Connection, warning: Case, now: datetime) -> Warned:
    policy, user_id = policies.read(connection, warning.guild_id), warning.target_id
    limit = policy.warning_limit
    if limit is None or user_id is None:
        return Warned(warning)
    since = now - timedelta(seconds=limit.within_s)
    if cases.count_warnings(connection, warning.guild_id, user_id, since) < limit.warnings:
        return Warned(warning)
    length = timedelta(seconds=policy.warning_block_s or WARNING_BLOCK_S)
    details = {WARNED: str(warning.number)}
    block = NewCase(warning.guild_id, CaseKind.BLOCK, BY_RULE, user_id, warning.reason, details=details)
    return Warned(warning, add_block(connection, block, length, now), limit)


async def unread_warnings(core: Core, guild_id: int, user_id: int) -> Sequence[Unread]:
    """What to show the member now, three at most: warnings, why a remix of theirs was hidden, how reports ended."""
    return await core.database.read(unread_cases.find_unread, guild_id, user_id)


async def mark_warnings_read(core: Core, user_id: int, shown: Sequence[Unread]) -> None:
    await core.database.transaction(unread_cases.mark_read, user_id, shown, core.clock())


async def write_note(core: Core, acting: Acting, user_id: int) -> Case:
    """The member never reads it. Undoing the case deletes the note."""
    new = NewCase(acting.guild_id, CaseKind.NOTE, acting.actor_id, user_id, acting.reason)
    case = await core.database.transaction(lambda connection: cases.add(connection, new, core.clock()))
    core.news.case_added(case)
    return case
