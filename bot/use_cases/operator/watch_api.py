"""Notifies the operator, once per start, when Ideogram says that the chosen API is deprecated."""

import structlog

from bot.ideogram.client import IdeogramClient
from bot.storage.engine.databases.process import Process
from bot.use_cases.ports import OperatorNotices

log = structlog.get_logger(__name__)


class WatchApi:
    def __init__(self, ideogram: IdeogramClient, operator: OperatorNotices, process: Process) -> None:
        self._ideogram = ideogram
        self._operator = operator
        self._process = process

    async def run(self) -> None:
        """Returns once a deprecation was reported."""
        lifecycle = await self._ideogram.next_lifecycle(None)
        while not lifecycle.is_deprecated:
            # On every response of v1 today, and no removal date is known, so the channel stays quiet about it.
            log.info("Ideogram has a newer version of this API", api=self._ideogram.api, successor=lifecycle.successor)
            lifecycle = await self._ideogram.next_lifecycle(lifecycle)
        since = lifecycle.deprecated_since
        log.warning(
            "Ideogram has deprecated this API: set IDEOGRAM_API to a newer one",
            api=self._ideogram.api,
            since=since.date().isoformat() if since else None,
            successor=lifecycle.successor,
        )
        # Each process that makes remixes finds it out, and one message is enough.
        if self._process.is_first_worker:
            await self._operator.warn_of_deprecation(self._ideogram.api, lifecycle)
