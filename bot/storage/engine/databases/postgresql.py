"""Runs transactions on PostgreSQL, in a few threads with a connection each."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url

from bot.storage.engine.databases.errors import (
    CannotConnectError,
    CommandLockLostError,
    DatabaseAwayError,
    DatabaseUnavailableError,
    OutcomeUnknownError,
    WroteError,
)
from bot.storage.engine.databases.work_queue import NOTHING_STORED, Work, WorkQueue, driver_message, finish

T = TypeVar("T")

WRITERS, READERS = 2, 2
"""Threads, with a connection each. The writers wait for one lock, so more gain nothing: 400 remixes were stored in 0.8
to 1.2 s by two, in 1.0 to 1.9 s by four. Readers have their own, so a writer that hangs does not hold them up."""

_LONG_READER = WRITERS
"""The number of the thread that takes long reads: two exports at once would else hold up posts and private replies."""

_LONGEST_S = 30.0
"""After that the server has stopped answering: the longest of our transactions deletes old rows in less than one."""

_LONGEST_ALONE_S = 600.0
"""VACUUM takes a second or two for each gigabyte on a quick disk, and much more on a busy one."""

_OLDEST_VERSION = 13
_OPTIONS: Mapping[str, str | int] = {
    "connect_timeout": 5,
    "application_name": "remix-bot",
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
"""Of the connection, unless DATABASE_URL has others."""

_SESSION = "-c timezone=UTC -c idle_in_transaction_session_timeout={}"
_LONGEST_PAUSE_S = 60.0
_LONGEST_PAUSE_WITH_LOCK_S = 5.0
"""Between two statements. A process that is stopped there, or whose machine is, would hold up all the others: they wait
for its lock, and the server ends its transaction. Ours pause for milliseconds."""
_QUERY_CANCELED, _READ_ONLY = "57014", "25006"
"""https://www.postgresql.org/docs/current/errcodes-appendix.html"""
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(20260430)"
"""The functions check and then write, as if nobody else wrote: so it was on SQLite, and this keeps it true for all
processes. At READ COMMITTED each statement after it sees what was committed before; a snapshot of the whole transaction
(REPEATABLE READ) would be from before the wait."""

_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
"""For functions that only read, instead of the lock: writers come one after another, so each snapshot is a moment
between two of them. It waits for nobody, and nobody waits for it, also where a writer hangs."""


_holders: dict[tuple[object, ...], tuple[int, int]] = {}
"""By database: which lock the command of this process holds there, and in which process of the server."""

_IS_HELD = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = {} AND pid = {}"


def one_at_a_time(connection: Connection) -> None:
    """Wait until no other transaction runs, in any process, and keep them out until this one ends.

    Raises CommandLockLostError in a command whose own lock is gone: bot processes join under the lock that this one
    waits for, so none can come between this look and the end of the transaction.
    """
    connection.exec_driver_sql(_ONE_AT_A_TIME).close()
    holder = _holders.get(_place(connection.engine.url)) if _holders else None
    if holder is not None and connection.exec_driver_sql(_IS_HELD.format(*holder)).scalar_one() == 0:
        raise CommandLockLostError(
            f"{NOTHING_STORED}the connection was lost that kept bot processes from the database, and one may run by now"
        )


@contextmanager
def needing_lock(url: str, lock: int, backend: int) -> Iterator[None]:
    """Meanwhile each transaction of this process needs that session lock, which is in another of its connections.

    `backend`: the process of the server that has it. The lock ends with that connection, and nobody would notice.
    """
    place = _place(make_url(url))
    _holders[place] = (lock, backend)
    try:
        yield
    finally:
        del _holders[place]


def _place(url: URL) -> tuple[object, ...]:
    return (url.host, url.port, url.database, url.query.get("host"))


def cut_off(connection: Connection) -> None:
    """Close the socket under work that takes too long, from another thread.

    Time-outs of the server and of TCP do not end the wait for a server process that is stopped: after 12 s the client
    still waited, although all of them were set to 2 s.
    """
    driver = connection.connection.driver_connection
    if driver is None or driver.closed:
        return
    with suppress(OSError), socket.socket(fileno=os.dup(driver.fileno())) as copy:
        copy.shutdown(socket.SHUT_RDWR)


def is_postgresql(url: str) -> bool:
    return make_url(url).get_backend_name() == "postgresql"


def shown(url: str) -> str:
    """Without user, password and options."""
    parsed = make_url(url)
    host = f"[{parsed.host}]" if ":" in (parsed.host or "") else parsed.host or ""
    port = "" if parsed.port is None else f":{parsed.port}"
    return f"postgresql://{host}{port}/{parsed.database}"


def make_engine(url: str | URL, longest_pause_s: float = _LONGEST_PAUSE_S) -> Engine:
    """`longest_pause_s`: of a transaction, then the server ends it. Raises CannotConnectError without a driver."""
    parsed = make_url(url)
    given = {name: value if isinstance(value, str) else value[-1] for name, value in parsed.query.items()}
    ours = {name: value for name, value in _OPTIONS.items() if name not in given}
    session = _SESSION.format(int(longest_pause_s * 1000))
    try:
        return sa.create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            # `%s` in order, as prepared.py fills them. The default's names would need a dictionary each time.
            paramstyle="format",
            poolclass=sa.NullPool,
            hide_parameters=True,
            connect_args={**ours, "options": f"{given.get('options', '')} {session}".strip()},
        )
    except ModuleNotFoundError as error:
        raise CannotConnectError("PostgreSQL needs the package psycopg: install remix-bot[postgresql]") from error
    except (sa.exc.ArgumentError, ImportError) as error:
        # psycopg without a libpq raises ImportError.
        raise CannotConnectError(f"PostgreSQL cannot be used: {driver_message(error)}") from error


def connect(engine: Engine, url: str) -> Connection:
    """Raises CannotConnectError."""
    try:
        return engine.connect()
    except sa.exc.DBAPIError as error:
        raise CannotConnectError(f"{shown(url)} cannot be used: {driver_message(error)}") from error


def require_server(connection: Connection) -> None:
    """Raises CannotConnectError for a server that is too old."""
    check_version(connection)
    connection.rollback()


def check_version(connection: Connection) -> None:
    """Like `require_server`, within a transaction that goes on."""
    number = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
    if number < _OLDEST_VERSION * 10_000:
        raise CannotConnectError(f"PostgreSQL {number // 10_000} is too old: at least {_OLDEST_VERSION} is needed")


def read_version(connection: Connection) -> str:
    """Such as `15.18`. Raises CannotConnectError for a server that is too old."""
    require_server(connection)
    version: str = connection.exec_driver_sql("SHOW server_version").scalar_one()
    return version.split(maxsplit=1)[0]


def read_snapshot(url: str, read: Callable[[Connection], T], within_s: float | None) -> T:
    """Run `read` on one consistent snapshot, without the lock.

    Raises DatabaseUnavailableError, and TimeoutError if one of its statements takes longer than `within_s` seconds.
    """
    engine = make_engine(url)
    try:
        with connect(engine, url).execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        ) as connection:
            if within_s is not None:
                connection.exec_driver_sql(f"SET statement_timeout = {int(within_s * 1000)}")
            return read(connection)
    except sa.exc.OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == _QUERY_CANCELED:
            raise TimeoutError("the database did not answer in time") from error
        raise DatabaseUnavailableError(f"the database cannot be read: {driver_message(error)}") from error
    except sa.exc.DBAPIError as error:
        raise DatabaseUnavailableError(f"the database cannot be read: {driver_message(error)}") from error
    finally:
        engine.dispose()


@dataclass(slots=True)
class _Thread:
    """`busy_since`: when the work began that it has in hand, which may take `longest_s`."""

    thread: threading.Thread | None = None
    connection: Connection | None = None
    busy_since: float | None = None
    longest_s: float = _LONGEST_S
    lock: threading.Lock = field(default_factory=threading.Lock)

    def cut_off(self) -> None:
        """End work that takes too long."""
        with self.lock:
            since = self.busy_since
            if self.connection is None or since is None or time.monotonic() - since < self.longest_s:
                return
            cut_off(self.connection)


class PostgresqlThreads:
    """One function, one transaction. Those that write run one at a time, over all processes."""

    is_compacting = False
    """Always: others can write while the server makes room."""
    write_error: str | None = None

    def __init__(
        self, url: str, longest_s: float = _LONGEST_S, longest_pause_s: float = _LONGEST_PAUSE_WITH_LOCK_S
    ) -> None:
        self._engine = make_engine(url, longest_pause_s)
        self._writes, self._reads = WorkQueue(), WorkQueue()
        self._longest_s = longest_s
        self._closed = threading.Event()
        self._threads = [_Thread() for _ in range(WRITERS + READERS)]
        for number, each in enumerate(self._threads):
            takes = self._writes if number < WRITERS else self._reads
            arguments = (each, takes, number == _LONG_READER)
            each.thread = threading.Thread(target=self._run, args=arguments, name=f"database-{number}", daemon=True)
            each.thread.start()
        self._watchdog = threading.Thread(target=self._watch, name="database-watchdog", daemon=True)
        self._watchdog.start()

    def submit(self, work: Work) -> None:
        (self._reads if work.reads else self._writes).put(work)

    def compact(self, connection: Connection) -> bool:
        """Make room of what was deleted. The server writes over it in its own time.

        To be submitted as work that runs alone: the connection has no transactions afterwards.
        """
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM")
        return True

    def close(self) -> None:
        self._writes.close()
        self._reads.close()
        for each in self._threads:
            # A stop does not wait for a VACUUM.
            each.longest_s = self._longest_s
            if each.thread is not None:
                each.thread.join()
        self._closed.set()
        self._watchdog.join()
        self._engine.dispose()

    def _watch(self) -> None:
        while not self._closed.wait(self._longest_s / 10):
            for each in self._threads:
                each.cut_off()

    def _run(self, mine: _Thread, waiting: WorkQueue, takes_long: bool) -> None:
        while batch := waiting.next_batch(1, takes_long=takes_long):
            for work in batch:
                mine.longest_s = _LONGEST_ALONE_S if work.alone else self._longest_s
                mine.busy_since = time.monotonic()
                try:
                    error = self._answer(mine, work)
                except Exception as unexpected:  # noqa: BLE001 - no error may end the thread: every caller waits for it
                    self._let_go(mine)
                    error = OutcomeUnknownError(f"it is unknown whether it was stored: {driver_message(unexpected)}")
                if work.alone:
                    # It was set to commit each statement by itself, which would also give the lock back at once.
                    self._let_go(mine)
                if not isinstance(error, DatabaseUnavailableError):
                    # That something was read proves nothing: reading works on a full disk.
                    self.write_error = self.write_error if work.reads else None
                elif not isinstance(error, DatabaseAwayError):
                    self.write_error = str(error).removeprefix(NOTHING_STORED)
                mine.busy_since = None
                finish(work, error)
        self._let_go(mine)

    def _answer(self, mine: _Thread, work: Work) -> Exception | None:
        """Run and commit the work. Returns the error for its caller."""
        try:
            connection = self._begin(mine, work)
        except DatabaseUnavailableError as error:
            return error
        try:
            work.result = work.run(connection)
        except sa.exc.IntegrityError as error:
            return self._undo(mine, connection, error)
        except sa.exc.DBAPIError as error:
            return self._undo(mine, connection, _unavailable(connection, error))
        except Exception as error:  # noqa: BLE001 - its own caller gets it, and the thread goes on
            return self._undo(mine, connection, error)
        try:
            connection.rollback() if work.reads else connection.commit()
        except sa.exc.DBAPIError as error:
            # The server may have stored it and died before it could say so: of 62 such errors 26 were stored.
            self._let_go(mine)
            return (
                None
                if work.reads
                else OutcomeUnknownError(f"it is unknown whether it was stored: {driver_message(error)}")
            )
        return None

    def _begin(self, mine: _Thread, work: Work) -> Connection:
        """A connection in a transaction that has the lock, or only reads.

        Raises DatabaseAwayError and CommandLockLostError.

        After a restart of the server the connection is dead, and another one is made.
        """
        while True:
            is_new = mine.connection is None
            try:
                connection = self._connect(mine)
                if work.reads:
                    connection.exec_driver_sql(_SNAPSHOT).close()
                elif not work.alone:
                    one_at_a_time(connection)
            except CommandLockLostError:
                self._let_go(mine)
                raise
            except sa.exc.DBAPIError as error:
                self._let_go(mine)
                if is_new:
                    raise DatabaseAwayError(f"{NOTHING_STORED}{driver_message(error)}") from error
            else:
                return connection

    def _connect(self, mine: _Thread) -> Connection:
        connection = mine.connection or self._engine.connect()
        with mine.lock:
            mine.connection = connection
        return connection

    def _undo(self, mine: _Thread, connection: Connection, error: Exception) -> Exception:
        try:
            connection.rollback()
        except sa.exc.DBAPIError:
            self._let_go(mine)
        return error

    def _let_go(self, mine: _Thread) -> None:
        with mine.lock:
            connection, mine.connection = mine.connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()


def _unavailable(connection: Connection, error: sa.exc.DBAPIError) -> DatabaseUnavailableError | WroteError:
    if getattr(error.orig, "sqlstate", None) == _READ_ONLY:
        return WroteError("a function that should only read has tried to write")
    driver = connection.connection.driver_connection
    is_away = driver is None or driver.closed
    return (DatabaseAwayError if is_away else DatabaseUnavailableError)(f"{NOTHING_STORED}{driver_message(error)}")
