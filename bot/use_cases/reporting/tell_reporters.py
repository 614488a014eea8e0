"""Which reports have ended without their reporters knowing, and which reporters no message reaches."""

from collections.abc import Sequence

from bot.storage.engine.database import Connection
from bot.storage.matters import reports
from bot.storage.matters.reports import EndedReport
from bot.use_cases.core import Core

_AT_ONCE = 50


async def reports_to_tell(core: Core) -> Sequence[EndedReport]:
    """Those whose reporters were not sent a message yet."""
    return await core.database.read(reports.to_tell, _AT_ONCE)


async def mark_reporter_reached(core: Core, report: EndedReport, *, reached: bool) -> None:
    """`reached` False: they read it at their next use."""

    def mark(connection: Connection) -> None:
        if reached:
            reports.mark_read(connection, [report.id], core.clock())
        else:
            reports.mark_unreachable(connection, report.id, core.clock())

    await core.database.transaction(mark)
