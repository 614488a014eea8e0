"""The record of what moderators do: read it page by page, and put a reason right later."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.rules.cases import CaseKind
from bot.storage.engine.database import Connection
from bot.storage.moderation import cases
from bot.storage.moderation.cases import Case, CaseFilter
from bot.storage.standing import member_blocks, servers
from bot.use_cases.core import Core

_ON_A_PAGE = 10
WARNINGS_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts as a moderator, in which server, and why. That they may, the caller has checked."""

    guild_id: int
    actor_id: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class CasePage:
    """Cases, the newest first. `older`: show those before that number next; None at the end."""

    wanted: CaseFilter
    shown: Sequence[Case]
    older: int | None


class CaseBook:
    """Every action of a moderator is written here in its own transaction, by the use case that does it."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def page(self, guild_id: int, wanted: CaseFilter, before: int | None = None) -> CasePage:
        found = await self._core.database.transaction(cases.newest, guild_id, wanted, _ON_A_PAGE + 1, before)
        shown = found[:_ON_A_PAGE]
        return CasePage(wanted, shown, shown[-1].number if len(found) > _ON_A_PAGE else None)

    async def find(self, guild_id: int, number: int) -> Case | None:
        return await self._core.database.transaction(cases.find, guild_id, number)

    async def edit_reason(self, acting: Acting, number: int, reason: str) -> Case | None:
        """The case as it is now; None: there is none. Who is blocked or waits by it reads the new reason."""
        return await self._core.database.transaction(self._edit_reason, acting, number, reason)

    def _edit_reason(self, connection: Connection, acting: Acting, number: int, reason: str) -> Case | None:
        guild_id = acting.guild_id
        if not cases.edit_reason(connection, guild_id, number, reason, acting.actor_id, self._core.clock()):
            return None
        case = cases.get(connection, guild_id, number)
        if case.kind is CaseKind.BLOCK and case.target_id is not None:
            member_blocks.change_reason(connection, guild_id, case.target_id, number, reason)
        if case.kind is CaseKind.PAUSE:
            servers.change_pause_reason(connection, guild_id, case.at, reason)
        return case


async def unread_warnings(core: Core, guild_id: int, user_id: int) -> Sequence[Case]:
    """What the member should read at their next use of the bot, oldest first; some of very many."""
    return await core.database.transaction(cases.find_unread_warnings, guild_id, user_id, WARNINGS_AT_ONCE)


async def mark_warnings_read(core: Core, warnings: Sequence[Case]) -> None:
    last = warnings[-1]
    user_id = last.target_id or 0
    await core.database.transaction(cases.mark_warnings_read, last.guild_id, user_id, last.number, core.clock())
