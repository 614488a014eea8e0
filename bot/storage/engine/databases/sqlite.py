"""Runs transactions on a SQLite file, in the one thread that writes to it."""

import sqlite3
import threading
import time
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url

from bot.storage.engine.databases.commit_marks import CommitMarks, error_code
from bot.storage.engine.databases.errors import DatabaseUnavailableError, OutcomeUnknownError, WroteError
from bot.storage.engine.databases.work_queue import (
    NOTHING_STORED,
    Work,
    WorkQueue,
    driver_message,
    finish,
    first_write_error,
)

MAX_BATCH = 256
"""How many transactions share one COMMIT, and so one fsync."""

# What COMMIT fails with when it has stored nothing. After an I/O error, above all of fsync, the whole transaction may
# be in the log, and the next start would recover it: https://www.sqlite.org/wal.html#recovery
_STORED_NOTHING = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CONSTRAINT}
_LOOK_AFTER_S = (0.0, 0.2, 1.0)
"""The waits before each look whether a COMMIT that failed was stored. All transactions wait meanwhile."""


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


class SqliteWriter:
    """Runs all waiting functions, each in its own SAVEPOINT, and commits them together (group commit).

    There is exactly one writing connection, because SQLite 3.7.0 to 3.51.2 can corrupt its log with two (Debian 12 has
    3.40): https://www.sqlite.org/wal.html#walresetbug
    """

    def __init__(self, url: str) -> None:
        self.engine = _make_engine_without_begin(url)
        self._waiting = WorkQueue()
        self.is_compacting = False
        self.write_error: str | None = None
        self._marks = CommitMarks()
        self._thread = threading.Thread(target=self._write, name="database", daemon=True)
        self._thread.start()

    def submit(self, work: Work) -> None:
        # There is one thread for all of it.
        work.long = False
        self._waiting.put(work)

    @staticmethod
    def compact(connection: Connection) -> bool:
        """To be submitted as work that runs alone."""
        # Although secure_delete is on, SQLite leaves copies of rows in pages that it has split: a test found prompts
        # there.
        run = _driver(connection).execute
        run("VACUUM").close()
        # Without the wait, because a reader such as `remix-bot usage` may take long, and this thread has work to do.
        run("PRAGMA busy_timeout=0").close()
        try:
            (busy, _in_log, _moved) = run("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            run("PRAGMA busy_timeout=5000").close()
        return not busy

    def close(self) -> None:
        self._waiting.close()
        self._thread.join()
        self.engine.dispose()

    def _write(self) -> None:
        connection: Connection | None = None
        while batch := self._waiting.next_batch(MAX_BATCH):
            connection = self._run_batch(connection, batch)
        if connection is not None:
            connection.close()

    def _run_batch(self, connection: Connection | None, batch: list[Work]) -> Connection | None:
        """Commit the batch and answer its callers. Returns the connection to use next; None after a failure."""
        alone = [work for work in batch if work.alone]
        batch = [work for work in batch if not work.alone]
        mark = failure = None
        try:
            connection = connection or self.engine.connect()
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
            self.write_error = first_write_error(batch) or driver_message(error)
            if connection is not None:
                connection.invalidate()
                connection.close()
            connection, failure = None, self._look_up(mark, error)
        else:
            self._note_errors(batch, has_written=has_written)
        for work in (*alone, *batch):
            finish(work, failure or work.error)
        return connection

    def _note_errors(self, batch: Sequence[Work], *, has_written: bool) -> None:
        """A batch that only read proves nothing: reading works on a full disk."""
        error = first_write_error(batch)
        if error is not None or has_written:
            self.write_error = error

    def _run_all_alone(self, connection: Connection, batch: list[Work]) -> None:
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
        nothing = DatabaseUnavailableError(f"{NOTHING_STORED}{driver_message(error)}")
        if mark is None or error_code(error) in _STORED_NOTHING:
            return nothing
        for wait in _LOOK_AFTER_S:
            time.sleep(wait)
            try:
                with self.engine.connect() as connection, connection.begin():
                    driver = _driver(connection)
                    driver.execute("BEGIN IMMEDIATE")
                    if self._marks.is_there(driver, mark):
                        return None
                    # This commit takes the place of the other one in the log, so that none can bring it back.
                    self._marks.put(driver)
            except (sa.exc.DBAPIError, sqlite3.Error):
                continue
            return nothing
        return OutcomeUnknownError(f"it is unknown whether it was stored: {driver_message(error)}")

    def _run_all(self, connection: Connection, batch: list[Work]) -> None:
        """Run the batch. Urgent work that arrives meanwhile joins this commit, and the rest waits for the next one."""
        done = 0
        while done < len(batch):
            _run_in_savepoint(connection, batch[done])
            done += 1
            if first := self._waiting.take_first():
                left = batch[done:]
                self._waiting.put_back([work for work in left if not work.first])
                batch[done:] = [*(work for work in left if work.first), *first]


def _run_alone(connection: Connection, work: Work) -> None:
    """Outside of any transaction, where VACUUM and checkpoints fail. Its failure is no other work's."""
    try:
        work.result = work.run(connection)
    except sqlite3.Error as error:
        work.error = DatabaseUnavailableError(driver_message(error))


def _run_in_savepoint(connection: Connection, work: Work) -> None:
    # SQLAlchemy's `begin_nested` takes 187 µs, longer than most of these transactions. The driver takes 2 µs.
    driver = _driver(connection)
    run, written = driver.execute, driver.total_changes
    run("SAVEPOINT work")
    try:
        work.result = work.run(connection)
    except sa.exc.IntegrityError as error:
        work.error = error
    except sa.exc.DBAPIError as error:
        # On a full disk SQLite rolls back this statement only, or the whole transaction. The check below tells which:
        # https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction
        work.error = DatabaseUnavailableError(f"{NOTHING_STORED}{driver_message(error)}")
    except Exception as error:  # noqa: BLE001 - its own caller gets it, and the batch goes on
        work.error = error
    if work.reads and driver.total_changes != written:
        work.error = WroteError("a function that should only read has written")
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

    A COMMIT after that succeeds and stores nothing, so callers would believe that their work is safe.
    """
    if not _driver(connection).in_transaction:
        raise DatabaseUnavailableError("the database rolled back the whole transaction")
