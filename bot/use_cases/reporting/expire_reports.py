"""Ends reports that nobody decides, and forgets matters that were decided long ago."""

from bot.rules.reports import KEPT_FOR, OPEN_FOR
from bot.storage.engine.database import Connection
from bot.storage.matters import matters, reports
from bot.use_cases.core import Core

_AT_ONCE = 100


async def expire_reports(core: Core) -> None:
    """Reporters hear of it like of any other end."""

    def expire(connection: Connection) -> int:
        now = core.clock()
        return reports.expire(connection, now - OPEN_FOR, now, _AT_ONCE)

    ended = 0
    while some := await core.database.transaction(expire):
        ended += some
    if ended:
        core.news.post_change_due()


async def forget_matters(core: Core) -> None:
    """Matters of all kinds. Their cards stay in the log channels."""

    def forget(connection: Connection) -> int:
        ids = matters.closed_before(connection, core.clock() - KEPT_FOR, _AT_ONCE)
        reports.forget_of_matters(connection, ids)
        matters.forget(connection, ids)
        return len(ids)

    while await core.database.transaction(forget):
        pass
