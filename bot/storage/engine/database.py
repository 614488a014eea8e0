"""Opens the database and runs transactions in its one writer thread. SQL of SQLite alone stays in this folder."""

import asyncio
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.engine import Connection as Connection  # noqa: PLC0414 - re-exported: only storage imports SQLAlchemy

from bot.stagger import Stagger
from bot.storage.engine.writer.commit_marks import CommitMarks, error_code

P = ParamSpec("P")
T = TypeVar("T")

MAX_BATCH = 256
"""How many transactions share one COMMIT, and so one fsync."""

_NOTHING_STORED = "nothing was stored: "
_RESUMED_PER_ROUND = 16
"""Tasks that resume in one round of the event loop. Resuming all callers of a commit at once stalled it for 120 ms."""


# What COMMIT fails with when it has stored nothing. After an I/O error, above all of fsync, the whole transaction may
# be in the log, and the next start would recover it: https://www.sqlite.org/wal.html#recovery
_STORED_NOTHING = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CONSTRAINT}
_LOOK_AFTER_S = (0.0, 0.2, 1.0)
"""The waits before each look whether a COMMIT that failed was stored. All transactions wait meanwhile."""


class DatabaseUnavailableError(Exception):
    """The database could not do it, and nothing was stored: disk full, file locked or read-only, database closed."""


class OutcomeUnknownError(DatabaseUnavailableError):
    """The exception to that: COMMIT failed, and nobody could find out whether it was stored all the same.

    To try again, read first what is there.
    """


def sqlite_path(url: str) -> str | None:
    """The file behind a SQLite URL; None for another database or one in memory."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in {None, "", ":memory:"}:
        return None
    return parsed.database


def make_engine(url: str | URL) -> Engine:
    """An engine whose transactions take the write lock when they begin, so that none fails half-way for want of it."""
    engine = _make_engine_without_begin(url)
    sa.event.listen(engine, "begin", _begin_immediate)
    return engine


def _make_engine_without_begin(url: str | URL) -> Engine:
    """The caller sends BEGIN: a listener for `begin` makes each statement a quarter slower (docs/benchmarks.md)."""
    # isolation_level None: otherwise pysqlite sends its own BEGIN, a deferred one, and only before it writes.
    # https://docs.python.org/3/library/sqlite3.html#sqlite3-controlling-transactions
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args={"isolation_level": None}, hide_parameters=True)
    sa.event.listen(engine, "connect", _set_pragmas)
    return engine


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    # synchronous=FULL: with NORMAL a power failure can undo the last commits, and so lose the record of a paid call.
    # https://www.sqlite.org/pragma.html#pragma_synchronous
    # secure_delete: deleted prompts are overwritten with zeros. Some builds of SQLite only mark them as free.
    # https://www.sqlite.org/pragma.html#pragma_secure_delete
    # foreign_keys is off by default and holds for one connection: https://www.sqlite.org/foreignkeys.html#fk_enable
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_immediate(connection: Connection) -> None:
    # A deferred transaction that reads first and then writes fails with SQLITE_BUSY at once, despite busy_timeout, if
    # another connection has written in between: 6,612 times in 1,000 jobs over four processes, and never with this.
    # https://www.sqlite.org/lang_transaction.html#deferred_immediate_and_exclusive_transactions
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def utc_text(moment: sa.ColumnElement[datetime], pattern: str) -> sa.ColumnElement[str]:
    """A stored time as text in UTC. `pattern`: `%Y-%m-%d` or `%Y-%m`."""
    seconds = sa.type_coerce(moment, sa.BigInteger) // 1_000_000
    return sa.func.strftime(pattern, seconds, "unixepoch", type_=sa.Text)


@dataclass(slots=True)
class _Work:
    """One transaction that waits to be run, and its outcome."""

    run: Callable[[Connection], Any]
    first: bool = False
    alone: bool = False
    done: "Future[Any]" = field(default_factory=Future)
    result: Any = None
    error: Exception | None = None


class _WorkQueue:
    """The transactions that wait for the writer thread. Urgent ones (`first`) go before all others."""

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
        """Put transactions that were taken but not run back at the head of the queue."""
        with self._changed:
            self._others.extendleft(reversed(batch))

    def close(self) -> None:
        """Accept no more work."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def next_batch(self) -> list[_Work]:
        """Wait for work and take it. Empty once the queue is closed and nothing is left."""
        with self._changed:
            while not (self._first or self._others or self._closed):
                self._changed.wait()
            waiting = self._first or self._others
            return [waiting.popleft() for _ in range(min(len(waiting), MAX_BATCH))]

    def take_first(self) -> list[_Work]:
        """Take the urgent ones, without waiting."""
        with self._changed:
            return [self._first.popleft() for _ in range(len(self._first))]


class Database:
    """Runs plain functions as transactions, in one thread that owns the only connection that writes.

    All waiting functions are run, each in its own SAVEPOINT, and committed together (group commit). Callers get their
    result only when the commit is on disk.

    There is exactly one writing connection, because SQLite 3.7.0 to 3.51.2 can corrupt its log with two (Debian 12 has
    3.40): https://www.sqlite.org/wal.html#walresetbug
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = _make_engine_without_begin(url)
        self._waiting = _WorkQueue()
        self._stagger = Stagger(_RESUMED_PER_ROUND)
        self.is_compacting = False
        """Whether the file is being written again, while everything else waits."""
        self.write_error: str | None = None
        """Why the last attempt to write failed. None: it worked."""
        self._marks = CommitMarks()
        self._thread = threading.Thread(target=self._write, name="database", daemon=True)
        self._thread.start()

    async def transaction(
        self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `function(connection, ...)` and commit.

        An exception of the function is raised here and rolls back this function only. Cancelling the caller does not
        stop a function that has begun: it may still be committed. Raises DatabaseUnavailableError if it was not, and
        OutcomeUnknownError if that is unknown.
        """
        result: T = await asyncio.wrap_future(self._submit(_bind(function, args, kwargs)))
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
        emptied: bool = await asyncio.wrap_future(self._submit(_compact, alone=True))
        return emptied

    def compact_now(self) -> None:
        """Like `compact`, for the command line: blocks."""
        self._submit(_compact, alone=True).result()

    def _submit(self, run: Callable[[Connection], Any], *, first: bool = False, alone: bool = False) -> "Future[Any]":
        work = _Work(run, first, alone)
        self._waiting.put(work)
        return work.done

    def close(self) -> None:
        """Finish the waiting work, then close the file. Safe to call twice."""
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
        """Commit the batch and answer its callers. Returns the connection to use next; None after a failure."""
        alone = [work for work in batch if work.alone]
        batch = [work for work in batch if not work.alone]
        mark = failure = None
        try:
            connection = connection or self._engine.connect()
            self._run_all_alone(connection, alone)
            driver = _driver(connection)
            written = driver.total_changes
            with connection.begin():
                driver.execute("BEGIN IMMEDIATE")
                self._run_all(connection, batch)
                # Outside of the transaction the mark would be stored alone.
                _require_transaction(connection)
                has_written = driver.total_changes != written
                if has_written:
                    mark = self._marks.put(driver)
                    _require_transaction(connection)
        except Exception as error:  # noqa: BLE001 - no error may end the thread: every caller waits for it
            self.write_error = _write_error(batch) or _driver_message(error)
            if connection is not None:
                connection.invalidate()
                connection.close()
            connection, failure = None, self._look_up(mark, error)
        else:
            self._note_errors(batch, has_written=has_written)
        for work in (*alone, *batch):
            _finish(work, failure or work.error)
        return connection

    def _note_errors(self, batch: Sequence[_Work], *, has_written: bool) -> None:
        """A batch that only read proves nothing: reading works on a full disk."""
        error = _write_error(batch)
        if error is not None or has_written:
            self.write_error = error

    def _run_all_alone(self, connection: Connection, batch: list[_Work]) -> None:
        self.is_compacting = bool(batch)
        try:
            for work in batch:
                _run_alone(connection, work)
        finally:
            self.is_compacting = False

    def _look_up(self, mark: int | None, error: Exception) -> DatabaseUnavailableError | None:
        """After a failure: what to raise to the callers. None: the batch was stored all the same.

        `mark`: the one that the batch has put. None: it did not get as far as its COMMIT, or had nothing to store.
        """
        nothing = DatabaseUnavailableError(f"{_NOTHING_STORED}{_driver_message(error)}")
        if mark is None or error_code(error) in _STORED_NOTHING:
            return nothing
        for wait in _LOOK_AFTER_S:
            time.sleep(wait)
            try:
                with self._engine.connect() as connection, connection.begin():
                    driver = _driver(connection)
                    driver.execute("BEGIN IMMEDIATE")
                    if self._marks.is_there(driver, mark):
                        return None
                    # This commit takes the place of the other one in the log, so that none can bring it back.
                    self._marks.put(driver)
            except (sa.exc.DBAPIError, sqlite3.Error):
                continue
            return nothing
        return OutcomeUnknownError(f"it is unknown whether it was stored: {_driver_message(error)}")

    def _run_all(self, connection: Connection, batch: list[_Work]) -> None:
        """Run the batch. Urgent work that arrives meanwhile joins this commit, and the rest waits for the next one."""
        done = 0
        while done < len(batch):
            _run_in_savepoint(connection, batch[done])
            done += 1
            if first := self._waiting.take_first():
                left = batch[done:]
                self._waiting.put_back([work for work in left if not work.first])
                batch[done:] = [*(work for work in left if work.first), *first]


def _compact(connection: Connection) -> bool:
    # Although secure_delete is on, SQLite leaves copies of rows in pages that it has split: a test found prompts there.
    run = _driver(connection).execute
    run("VACUUM").close()
    # Without the wait, because a reader such as `remix-bot usage` may take long, and this thread has work to do.
    run("PRAGMA busy_timeout=0").close()
    try:
        (busy, _in_log, _moved) = run("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        run("PRAGMA busy_timeout=5000").close()
    return not busy


def _run_alone(connection: Connection, work: _Work) -> None:
    """Outside of any transaction, where VACUUM and checkpoints fail. Its failure is no other work's."""
    try:
        work.result = work.run(connection)
    except sqlite3.Error as error:
        work.error = DatabaseUnavailableError(_driver_message(error))


def _bind(function: Callable[..., T], args: tuple[object, ...], kwargs: dict[str, object]) -> Callable[[Connection], T]:
    return lambda connection: function(connection, *args, **kwargs)


def _run_in_savepoint(connection: Connection, work: _Work) -> None:
    # SQLAlchemy's `begin_nested` takes 187 µs, longer than most of these transactions. The driver takes 2 µs.
    run = _driver(connection).execute
    run("SAVEPOINT work")
    try:
        work.result = work.run(connection)
    except sa.exc.IntegrityError as error:
        work.error = error
    except sa.exc.DBAPIError as error:
        # On a full disk SQLite rolls back this statement only, or the whole transaction. The check below tells which:
        # https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction
        work.error = DatabaseUnavailableError(f"{_NOTHING_STORED}{_driver_message(error)}")
    except Exception as error:  # noqa: BLE001 - its own caller gets it, and the batch goes on
        work.error = error
    if work.error is not None:
        _require_transaction(connection)
        run("ROLLBACK TO work")
    run("RELEASE work")


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise TypeError("only SQLite is supported")
    return driver


def _require_transaction(connection: Connection) -> None:
    """Raises DatabaseUnavailableError if SQLite has rolled back everything, as it can on a full disk.

    A COMMIT after that succeeds and stores nothing, so callers would be told that their work is safe.
    """
    if not _driver(connection).in_transaction:
        raise DatabaseUnavailableError("the database rolled back the whole transaction")


def _write_error(batch: Sequence[_Work]) -> str | None:
    errors = [str(work.error) for work in batch if isinstance(work.error, DatabaseUnavailableError)]
    return errors[0].removeprefix(_NOTHING_STORED) if errors else None


def _driver_message(error: Exception) -> str:
    """The driver's message without the statement and its parameters, which contain prompts."""
    return str(getattr(error, "orig", None) or error).split("\n", maxsplit=1)[0]


def _finish(work: _Work, error: Exception | None) -> None:
    if not work.done.set_running_or_notify_cancel():
        return
    if error is not None:
        work.done.set_exception(error)
    else:
        work.done.set_result(work.result)
