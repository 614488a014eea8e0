"""The engine, its pragmas, the one writer thread and `transaction()`. What is true of one dialect only lives here."""

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.engine import Connection as Connection  # noqa: PLC0414 - handed on: only storage imports SQLAlchemy

from bot.stagger import Stagger

P = ParamSpec("P")
T = TypeVar("T")

MAX_BATCH = 256
"""Transactions that share one COMMIT, and so one wait for the disk."""

_GO_ON_AT_ONCE = 16
"""Of all that one commit answers, in one round of the event loop."""


class DatabaseUnavailableError(Exception):
    """The commit did not happen: disk full, file locked or read-only, database closed. Nothing of it is stored."""


def sqlite_path(url: str) -> str | None:
    """The file behind a SQLite address; None for another database or one in memory."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in {None, "", ":memory:"}:
        return None
    return parsed.database


def make_engine(url: str | URL) -> Engine:
    """An engine whose connections begin IMMEDIATE, so that a transaction never fails half-way for want of the lock."""
    engine = _make_silent_engine(url)
    sa.event.listen(engine, "begin", _begin_immediate)
    return engine


def _make_silent_engine(url: str | URL) -> Engine:
    """Without a listener of its own: with one for `begin`, each statement takes a quarter longer."""
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args={"isolation_level": None}, hide_parameters=True)
    sa.event.listen(engine, "connect", _set_pragmas)
    return engine


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def utc_text(moment: sa.ColumnElement[datetime], pattern: str) -> sa.ColumnElement[str]:
    """A stored time as text, in UTC, by `strftime`: `%Y-%m-%d`, `%Y-%m`."""
    seconds = sa.type_coerce(moment, sa.BigInteger) // 1_000_000
    return sa.func.strftime(pattern, seconds, "unixepoch", type_=sa.Text)


@dataclass(slots=True)
class _Work:
    """One transaction that waits for its turn, and where its outcome goes."""

    run: Callable[[Connection], Any]
    first: bool = False
    done: "Future[Any]" = field(default_factory=Future)
    result: Any = None
    error: Exception | None = None


class _Waiting:
    """The transactions that wait for the thread. Those that are to be first go before all others."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._first: deque[_Work] = deque()
        self._others: deque[_Work] = deque()
        self._closed = False

    def put(self, work: _Work) -> None:
        with self._changed:
            if self._closed:
                raise DatabaseUnavailableError("the database is closed")
            (self._first if work.first else self._others).append(work)
            self._changed.notify()

    def put_back(self, batch: Sequence[_Work]) -> None:
        """They have their old place again."""
        with self._changed:
            self._others.extendleft(reversed(batch))

    def close(self) -> None:
        """Nothing more is taken in."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def next_batch(self) -> list[_Work]:
        """Waits for it. Empty once it is closed and nothing waits any more."""
        with self._changed:
            while not (self._first or self._others or self._closed):
                self._changed.wait()
            waiting = self._first or self._others
            return [waiting.popleft() for _ in range(min(len(waiting), MAX_BATCH))]

    def take_first(self) -> list[_Work]:
        """Those that are to be first, without waiting."""
        with self._changed:
            return [self._first.popleft() for _ in range(len(self._first))]


class Database:
    """Runs plain functions as transactions, in one thread that owns the only connection that writes.

    Everything that waits is run, each function in its own SAVEPOINT, and committed at once (group commit). Nobody is
    answered before the commit is on disk. SQLite before 3.51.3 can corrupt its log with two connections that write.
    """

    def __init__(self, url: str) -> None:
        self._engine = _make_silent_engine(url)
        self._waiting = _Waiting()
        self._stagger = Stagger(_GO_ON_AT_ONCE)
        self._thread = threading.Thread(target=self._write, name="database", daemon=True)
        self._thread.start()

    async def transaction(
        self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `function(connection, ...)` and commit; what it raises is raised here, and undoes it alone.

        Cancelling the caller does not stop a function that has begun: it may still be committed.
        Raises DatabaseUnavailableError where the commit did not happen.
        """
        result: T = await asyncio.wrap_future(self._submit(partial(_call, function, args, kwargs)))
        await self._stagger.wait()
        return result

    async def transaction_first(
        self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `transaction`, before all that waits: for a paid answer, and for what an API slot waits for."""
        return await asyncio.wrap_future(self._submit(partial(_call, function, args, kwargs), first=True))

    def transaction_now(
        self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The same from synchronous code: the command line and tests. Blocks."""
        result: T = self._submit(partial(_call, function, args, kwargs)).result()
        return result

    def _submit(self, run: Callable[[Connection], Any], *, first: bool = False) -> "Future[Any]":
        work = _Work(run, first)
        self._waiting.put(work)
        return work.done

    def close(self) -> None:
        """Finish what waits, then let go of the file. Safe to call twice."""
        self._waiting.close()
        self._thread.join()
        self._engine.dispose()

    def _write(self) -> None:
        connection: Connection | None = None
        while batch := self._waiting.next_batch():
            connection = self._run_batch(connection, batch)
        if connection is not None:
            connection.close()

    def _run_batch(self, connection: Connection | None, batch: list[_Work]) -> Connection | None:
        """Commit the batch and tell everyone. Returns the connection to go on with; None after a failure."""
        try:
            connection = connection or self._engine.connect()
            with connection.begin():
                _driver(connection).execute("BEGIN IMMEDIATE")
                self._run_all(connection, batch)
                _require_transaction(connection)
        except Exception as error:  # noqa: BLE001 - whatever it was, it must not end the thread that everybody waits for
            failure = DatabaseUnavailableError(f"nothing was stored: {_driver_words(error)}")
            for work in batch:
                _answer(work, failure)
            if connection is not None:
                connection.invalidate()
                connection.close()
            return None
        for work in batch:
            _answer(work, work.error)
        return connection

    def _run_all(self, connection: Connection, batch: list[_Work]) -> None:
        """What comes to be first joins this commit; what of the batch has not run by then waits for the next one."""
        done = 0
        while done < len(batch):
            _run_in_savepoint(connection, batch[done])
            done += 1
            if first := self._waiting.take_first():
                left = batch[done:]
                self._waiting.put_back([work for work in left if not work.first])
                batch[done:] = [*(work for work in left if work.first), *first]


def _call(function: Callable[..., T], args: tuple[object, ...], kwargs: dict[str, object], connection: Connection) -> T:
    return function(connection, *args, **kwargs)


def _run_in_savepoint(connection: Connection, work: _Work) -> None:
    """By the driver's own words: SQLAlchemy's `begin_nested` takes longer than most transactions."""
    run = _driver(connection).execute
    run("SAVEPOINT work")
    try:
        work.result = work.run(connection)
    except sa.exc.IntegrityError as error:
        work.error = error
    except sa.exc.DBAPIError as error:
        # On a full disk SQLite takes back this statement alone, or everything: the next line tells.
        work.error = DatabaseUnavailableError(f"nothing was stored: {_driver_words(error)}")
    except Exception as error:  # noqa: BLE001 - it belongs to the caller, who gets it; the batch goes on
        work.error = error
    if work.error is not None:
        _require_transaction(connection)
        run("ROLLBACK TO work")
    run("RELEASE work")


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise TypeError("another database needs other words for savepoints")
    return driver


def _require_transaction(connection: Connection) -> None:
    """On a full disk SQLite rolls everything back by itself, and a COMMIT after that succeeds with nothing in it."""
    if not _driver(connection).in_transaction:
        raise DatabaseUnavailableError("the database took the whole transaction back")


def _driver_words(error: Exception) -> str:
    """The driver's own words, without the statement and its parameters: they hold prompts."""
    return str(getattr(error, "orig", None) or error).split("\n", maxsplit=1)[0]


def _answer(work: _Work, error: Exception | None) -> None:
    if not work.done.set_running_or_notify_cancel():
        return
    if error is not None:
        work.done.set_exception(error)
    else:
        work.done.set_result(work.result)
