"""Repeats a transaction until the database accepts it, or until it is known whether it has.

What is repeated must first read what is there: a COMMIT that failed may have been stored all the same.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Concatenate, ParamSpec, TypeVar

import structlog

from bot.storage.engine.database import (
    Connection,
    Database,
    DatabaseAwayError,
    DatabaseUnavailableError,
    OutcomeUnknownError,
)

P = ParamSpec("P")
T = TypeVar("T")

_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 30.0
_LONGEST_WAIT_FOR_SERVER_S = 4.0
"""A full disk lasts; a server that starts again is back within seconds, and its paid answers wait in memory."""

_WAITS_UNTIL_KNOWN_S = (0.0, 0.1, 0.5, 2.0, 5.0)

log = structlog.get_logger(__name__)


async def transaction_surely(
    database: Database, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
) -> T:
    """Like `database.transaction`, but waits while the disk is full or the database cannot be reached."""
    return await _surely(lambda: database.transaction(function, *args, **kwargs))


async def transaction_first_surely(
    database: Database, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
) -> T:
    """Like `transaction_surely`, before other waiting transactions."""
    return await _surely(lambda: database.transaction_first(function, *args, **kwargs))


async def _surely(attempt: Callable[[], Awaitable[T]]) -> T:
    wait = _FIRST_WAIT_S
    while True:
        try:
            return await attempt()
        except DatabaseUnavailableError as error:
            log.error("cannot record a job's outcome yet; will try again", reason=str(error), wait_s=wait)
            longest = _LONGEST_WAIT_FOR_SERVER_S if isinstance(error, DatabaseAwayError) else _LONGEST_WAIT_S
        await asyncio.sleep(wait)
        wait = min(wait * 2, longest)


async def until_known(attempt: Callable[[], Awaitable[T]]) -> T:
    """Repeat a transaction while it is unknown whether it was stored.

    Raises DatabaseUnavailableError if nothing was stored, and OutcomeUnknownError if that cannot be found out soon.
    """
    is_known = True
    for wait in _WAITS_UNTIL_KNOWN_S:
        try:
            return await attempt()
        except OutcomeUnknownError:
            is_known = False
        except DatabaseUnavailableError:
            # Nothing of this attempt was stored. An earlier one may have been.
            if is_known:
                raise
        await asyncio.sleep(wait)
    raise OutcomeUnknownError("it is unknown whether it was stored")


async def take_known(database: Database, take: Callable[[Connection], Sequence[T]]) -> Sequence[T]:
    """Run a transaction that takes what is new, so that nothing is taken twice and nothing is lost.

    If a COMMIT that failed was stored, the next attempt finds nothing new, and the one before has it.
    """
    taken: Sequence[T] = ()

    def attempt(connection: Connection) -> Sequence[T]:
        nonlocal taken
        taken = take(connection) or taken
        return taken

    return await until_known(lambda: database.transaction(attempt))
