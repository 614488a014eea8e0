"""Opens the database and runs plain functions as transactions in its threads."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy.engine import Connection as Connection  # noqa: PLC0414 - re-exported: only storage imports SQLAlchemy

from bot.stagger import Stagger
from bot.storage.engine.databases.errors import CannotConnectError as CannotConnectError  # noqa: PLC0414 - part of its face
from bot.storage.engine.databases.errors import DatabaseAwayError as DatabaseAwayError  # noqa: PLC0414 - part of its face
from bot.storage.engine.databases.errors import DatabaseUnavailableError as DatabaseUnavailableError  # noqa: PLC0414 - part of its face
from bot.storage.engine.databases.errors import OutcomeUnknownError as OutcomeUnknownError  # noqa: PLC0414 - part of its face
from bot.storage.engine.databases.errors import WroteError as WroteError  # noqa: PLC0414 - part of its face
from bot.storage.engine.databases.postgresql import PostgresqlThreads, is_postgresql
from bot.storage.engine.databases.sqlite import SqliteWriter
from bot.storage.engine.databases.work_queue import Work

P = ParamSpec("P")
T = TypeVar("T")

_RESUMED_PER_ROUND = 16
"""Tasks that resume in one round of the event loop. Resuming all callers of a commit at once stalled it for 120 ms."""


class Database:
    """Runs plain functions as transactions: on SQLite in one thread that writes, on PostgreSQL in a few.

    Callers get their result only when the commit is on disk.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._stagger = Stagger(_RESUMED_PER_ROUND)
        self._runner = PostgresqlThreads(url) if is_postgresql(url) else SqliteWriter(url)

    @property
    def is_shared(self) -> bool:
        """Whether other processes may work on it too."""
        return isinstance(self._runner, PostgresqlThreads)

    @property
    def is_compacting(self) -> bool:
        """Whether the file is being written again, while everything else waits."""
        return self._runner.is_compacting

    @property
    def write_error(self) -> str | None:
        """Why the last attempt to write failed. None: it worked."""
        return self._runner.write_error

    async def transaction(
        self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `function(connection, ...)` and commit.

        An exception of the function is raised here and rolls back this function only. Cancelling the caller does not
        stop a function that has begun: it may still be committed. Raises DatabaseUnavailableError if it was not, a
        DatabaseAwayError if its server is away, and OutcomeUnknownError if that is unknown.
        """
        result: T = await asyncio.wrap_future(self._submit(_bind(function, args, kwargs)))
        await self._stagger.wait()
        return result

    async def read(self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Like `transaction`, for a function that writes nothing: on PostgreSQL it waits for no writer.

        It sees all that was committed before, at one moment. Raises WroteError if the function writes.
        """
        result: T = await asyncio.wrap_future(self._submit(_bind(function, args, kwargs), reads=True))
        await self._stagger.wait()
        return result

    async def read_long(
        self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Like `read`, for what can take longer than milliseconds, where no remix waits for it.

        On PostgreSQL these never take all threads that read, so the short ones, such as those of a post, go on.
        """
        result: T = await asyncio.wrap_future(self._submit(_bind(function, args, kwargs), reads=True, long=True))
        await self._stagger.wait()
        return result

    async def transaction_first(
        self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Like `transaction`, but ahead of all others and resumed at once.

        Only for the answer of a paid call, and for what a free API slot waits for. Without it ten answers at once put
        their deliveries and new remixes between a free slot and its next call.
        """
        return await asyncio.wrap_future(self._submit(_bind(function, args, kwargs), first=True))

    def transaction_now(
        self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Like `transaction`, for the command line and tests: blocks."""
        result: T = self._submit(_bind(function, args, kwargs)).result()
        return result

    async def compact(self) -> bool:
        """Write the whole file again, without what was deleted, and empty the log. False: a reader keeps the log.

        Takes seconds for a large database, and everything else waits. Raises DatabaseUnavailableError: it needs twice
        the size of the database on the disk.
        """
        emptied: bool = await asyncio.wrap_future(self._submit(self._runner.compact, alone=True))
        return emptied

    def compact_now(self) -> None:
        """Like `compact`, for the command line: blocks."""
        self._submit(self._runner.compact, alone=True).result()

    def _submit(
        self,
        run: Callable[[Connection], Any],
        *,
        first: bool = False,
        alone: bool = False,
        reads: bool = False,
        long: bool = False,
    ) -> "Future[Any]":
        work = Work(run, first, alone, reads, long)
        self._runner.submit(work)
        return work.done

    def close(self) -> None:
        """Finish the waiting work, then close the database. Safe to call twice."""
        self._runner.close()


def _bind(function: Callable[..., T], args: tuple[object, ...], kwargs: dict[str, object]) -> Callable[[Connection], T]:
    return lambda connection: function(connection, *args, **kwargs)
