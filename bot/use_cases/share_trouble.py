"""Shares with the other processes why Ideogram takes no calls, because people read it where no call is made."""

import asyncio

import structlog

from bot.rules.api_trouble import ApiTrouble
from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.processes import trouble
from bot.use_cases.core import Core

_PAUSE_S = 2.0
"""Between two looks: a busy worker makes many calls a second, and a reply is shown again every five."""

log = structlog.get_logger(__name__)


class ShareTrouble:
    """Runs beside each worker, on a database that several processes share. The last call counts, whoever made it."""

    def __init__(self, core: Core, known: ApiTrouble) -> None:
        self._core = core
        self._known = known
        self._noted = asyncio.Event()
        known.on_note = self._noted.set

    async def run(self) -> None:
        """Runs until it is cancelled. Returns at once if there are no other processes."""
        if not self._core.database.is_shared:
            return
        # The trouble of an earlier start may be over, and no other worker would find that out.
        if self._core.process.workers <= 1:
            self._noted.set()
        while True:
            await self._noted.wait()
            self._noted.clear()
            try:
                await self._core.database.transaction(trouble.write, self._known.problem)
            except DatabaseUnavailableError as error:
                log.info("other processes learn later how Ideogram is", reason=str(error))
                self._noted.set()
            await asyncio.sleep(_PAUSE_S)
