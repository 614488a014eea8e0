"""Proves that the database's writer thread still works: reads the queue's facts in a transaction with a deadline."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from bot.storage.engine.database import DatabaseAwayError, DatabaseUnavailableError
from bot.use_cases.operator.operating_facts import OperatingFacts

DEADLINE_S = 40.0
"""A transaction takes milliseconds. One that waits behind a crowd of others has taken seconds."""

log = structlog.get_logger(__name__)


class WriterProbe:
    """`is_compacting`: the whole file is being written again, which keeps everything else waiting on purpose."""

    def __init__(
        self,
        read: Callable[[], Awaitable[OperatingFacts]],
        is_compacting: Callable[[], bool],
        monotonic: Callable[[], float] = time.monotonic,
        *,
        wait_s: float = 2.0,
    ) -> None:
        self._read = read
        self._is_compacting = is_compacting
        self._monotonic = monotonic
        self._wait_s = wait_s
        self._asked_at: float | None = None
        self._asking: asyncio.Task[None] | None = None
        self.facts: OperatingFacts | None = None
        """The latest that were read."""
        self.is_away = False
        """Whether the database's server did not answer the last time. A restart does not mend that."""

    @property
    def is_alive(self) -> bool:
        if self._asked_at is None or self._is_compacting():
            return True
        return self._monotonic() - self._asked_at < DEADLINE_S

    async def look(self) -> None:
        """Ask, unless an earlier question is still open, and wait for the answer, but not for long."""
        if self._asking is None:
            self._asked_at = self._monotonic()
            self._asking = asyncio.create_task(self._ask(), name="database probe")
        await asyncio.wait([self._asking], timeout=self._wait_s)

    async def _ask(self) -> None:
        try:
            self.facts = await self._read()
            self.is_away = False
        except DatabaseUnavailableError as error:
            # The thread has answered. A full disk or a locked file is trouble, but nothing hangs.
            self.is_away = isinstance(error, DatabaseAwayError)
        except Exception:  # the heartbeat goes on; what is wrong with the facts is in the log
            log.exception("the queue's facts could not be read")
        self._asked_at = self._asking = None

    def stop(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
