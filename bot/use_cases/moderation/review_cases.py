"""Lists a server's cases page by page, finds one, and corrects its reason."""

import asyncio
from collections.abc import Callable, Sequence

from bot.rules.cases import CaseKind
from bot.rules.pages import Cursor, Page, make_page
from bot.storage.engine.database import Connection
from bot.storage.engine.read_only import read_snapshot
from bot.storage.moderation import case_reasons, cases
from bot.storage.moderation.case_reasons import EarlierReason
from bot.storage.moderation.cases import Case, CaseFilter
from bot.storage.standing import channel_locks, member_blocks, servers
from bot.use_cases.core import Core
from bot.use_cases.moderation.acting import Acting

_ON_A_PAGE = 10
_READ_AT_ONCE = 500


async def list_cases(core: Core, guild_id: int, wanted: CaseFilter, cursor: Cursor | None = None) -> Page[Case]:
    """Newest first. The number of an entry is that of its case."""
    found = await core.database.read(cases.newest, guild_id, wanted, _ON_A_PAGE + 1, cursor)
    return make_page(found, _ON_A_PAGE, cursor, lambda case: case.number)


async def read_cases(core: Core, guild_id: int, wanted: CaseFilter, take: Callable[[Sequence[Case]], bool]) -> None:
    """Hand all of them to `take`, newest first, some at a time and in a thread, until it returns False.

    It reads on a connection of its own, because on the one that writes every remix would wait for 100,000 cases.
    """

    def read(connection: Connection) -> None:
        cursor = None
        while found := cases.newest(connection, guild_id, wanted, _READ_AT_ONCE, cursor):
            if not take(found):
                return
            cursor = Cursor(found[-1].number)

    await asyncio.to_thread(read_snapshot, core.database.url, read)


async def find_case(core: Core, guild_id: int, number: int) -> Case | None:
    return await core.database.read(cases.find, guild_id, number)


async def earlier_reasons(core: Core, guild_id: int, number: int) -> Sequence[EarlierReason]:
    """What the case said before its reason was changed, the newest first."""
    return await core.database.read(case_reasons.earlier, guild_id, number)


async def edit_case_reason(core: Core, acting: Acting, number: int, reason: str) -> Case | None:
    """Returns the case with its new reason, or None if there is no such case. The earlier text is kept.

    Members who are blocked, or wait, because of this case read the new reason too.
    """

    def edit(connection: Connection) -> Case | None:
        guild_id = acting.guild_id
        if case_reasons.change(connection, guild_id, number, reason, acting.actor_id, core.clock()):
            _spread_reason(connection, cases.get(connection, guild_id, number), reason)
        return cases.find(connection, guild_id, number)

    case = await core.database.transaction(edit)
    if case is not None:
        core.news.case_added(case)
    return case


def _spread_reason(connection: Connection, case: Case, reason: str) -> None:
    if case.kind is CaseKind.BLOCK and case.target_id is not None:
        member_blocks.change_reason(connection, case.guild_id, case.target_id, case.number, reason)
    if case.kind is CaseKind.PAUSE:
        servers.change_pause_reason(connection, case.guild_id, case.number, reason)
    if case.kind is CaseKind.LOCK and case.channel_id is not None:
        channel_locks.change_reason(connection, case.guild_id, case.channel_id, case.number, reason)
