"""Runs functions that wait at the same moment in one transaction, where each would wait for the others' lock."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.engine.database import Database

T = TypeVar("T")

_MOST = 32
"""A transaction with more would hold up those of other processes for more than a tenth of a second."""


class Together(Generic[T]):
    """In the order in which they came. Once an outcome `ends` the transaction, those that follow have the same one."""

    def __init__(self, database: Database, ends: Callable[[T], bool]) -> None:
        self._database = database
        self._ends = ends
        self._waiting: list[tuple[Callable[[Connection], T], asyncio.Future[T]]] = []
        self._running: asyncio.Task[None] | None = None

    async def run(self, function: Callable[[Connection], T]) -> T:
        """Like `Database.transaction_first`."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((function, done))
        if self._running is None:
            self._running = asyncio.create_task(self._run(), name="transactions together")
        return await done

    async def _run(self) -> None:
        try:
            while self._waiting:
                # Those that were woken in the same moment as the first one come before that.
                await asyncio.sleep(0)
                batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
                await self._commit(batch)
        finally:
            self._running = None

    async def _commit(self, batch: list[tuple[Callable[[Connection], T], asyncio.Future[T]]]) -> None:
        functions = [function for function, _ in batch]
        try:
            outcomes = await self._database.transaction_first(partial(_run_all, functions=functions, ends=self._ends))
        except Exception as error:  # noqa: BLE001 - each caller gets it
            outcomes = [error] * len(batch)
        for (_, done), outcome in zip(batch, outcomes, strict=True):
            if done.done():
                continue  # its caller was cancelled
            if isinstance(outcome, Exception):
                done.set_exception(outcome)
            else:
                done.set_result(outcome)


def _run_all(
    connection: Connection, *, functions: list[Callable[[Connection], T]], ends: Callable[[T], bool]
) -> list[T | Exception]:
    if len(functions) == 1:
        return [functions[0](connection)]
    outcomes: list[T | Exception] = []
    for function in functions:
        try:
            # What one of them has done is undone alone.
            with connection.begin_nested():
                outcome = function(connection)
        except sa.exc.DBAPIError:
            raise
        except Exception as error:  # noqa: BLE001 - its own caller gets it
            outcomes.append(error)
            continue
        outcomes.append(outcome)
        if ends(outcome):
            outcomes += [outcome] * (len(functions) - len(outcomes))
            break
    return outcomes
