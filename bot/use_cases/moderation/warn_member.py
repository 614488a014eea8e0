"""Warns a member, who reads the warning privately at their next use of the bot."""

from collections.abc import Sequence

from bot.rules.cases import CaseKind
from bot.storage.moderation import cases
from bot.storage.moderation.cases import Case, NewCase
from bot.use_cases.core import Core
from bot.use_cases.moderation.acting import Acting


async def warn_member(core: Core, acting: Acting, user_id: int) -> Case:
    new = NewCase(acting.guild_id, CaseKind.WARN, acting.actor_id, user_id, acting.reason)
    case = await core.database.transaction(lambda connection: cases.add(connection, new, core.clock()))
    core.news.case_added(case)
    return case


async def unread_warnings(core: Core, guild_id: int, user_id: int) -> Sequence[Case]:
    """What to show the member now, oldest first, three at most. The rest follows at their next use."""
    return await core.database.transaction(cases.find_unread_warnings, guild_id, user_id)


async def mark_warnings_read(core: Core, warnings: Sequence[Case]) -> None:
    last = warnings[-1]
    user_id = last.target_id or 0
    await core.database.transaction(cases.mark_warnings_read, last.guild_id, user_id, last.number, core.clock())
