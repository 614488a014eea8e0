"""Holds the lock of the one process on PostgreSQL, and takes it again after the server was away."""

import selectors
import threading
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection

from bot.storage.engine.databases import postgresql
from bot.storage.engine.databases.errors import CannotConnectError
from bot.storage.engine.databases.postgresql import HELD, PROCESS_LOCK
from bot.storage.engine.databases.work_queue import driver_message

_LOOK_EVERY_S = 1.0

# An administrator can end sessions that do nothing for a while, and this one does nothing. And without the other three
# a server keeps the lock for two hours after the bot's machine has lost its power or network. PostgreSQL 13 has no
# idle_session_timeout: https://www.postgresql.org/docs/current/runtime-config-connection.html
_SESSION = (
    "SELECT set_config(name, CASE name WHEN 'idle_session_timeout' THEN '0' WHEN 'tcp_keepalives_idle' THEN '10'"
    " ELSE '5' END, false) FROM pg_settings WHERE name IN"
    " ('idle_session_timeout', 'tcp_keepalives_idle', 'tcp_keepalives_interval', 'tcp_keepalives_count')"
)

log = structlog.get_logger(__name__)


class DatabaseInUseError(Exception):
    """Another bot process is using the database."""


class HeldLock:
    """An advisory lock of a session of its own: PostgreSQL lets go of it when that connection ends.

    `taken` raises DatabaseInUseError once another process has the lock. `held_by`: the server's process that has it for
    us; None while it is lost. Each transaction compares it with what the server says, so nothing is stored meanwhile.
    """

    def __init__(self, url: str) -> None:
        """Raises DatabaseInUseError and CannotConnectError."""
        self.taken: Future[None] = Future()
        self.held_by: int | None = None
        self._last_held_by: int | None = None
        self._shown = postgresql.shown(url)
        self._engine = postgresql.make_engine(url)
        self._held, self._ended, self._woken = threading.Event(), threading.Event(), threading.Event()
        self._connection: Connection | None = None
        try:
            self._take()
        except sa.exc.DBAPIError as error:
            raise CannotConnectError(f"{self._shown} cannot be used: {driver_message(error)}") from error
        self._thread = threading.Thread(target=self._keep, name="database-lock", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._woken.set()
        self._thread.join()
        self._let_go()
        self._engine.dispose()

    def doubt(self, held_by: int | None, within_s: float) -> bool:
        """The server says that its process `held_by` does not have the lock. Whether it is held again in time."""
        if self.taken.done():
            return False
        if held_by == self.held_by:
            self._held.clear()
            self._woken.set()
        return self._held.wait(within_s)

    def _take(self) -> None:
        connection = self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            self._lock(connection)
        except BaseException:
            self._let_go()
            raise
        self._held.set()

    def _lock(self, connection: Connection) -> None:
        postgresql.require_server(connection)
        connection.exec_driver_sql(_SESSION).close()
        ask = f"SELECT pg_try_advisory_lock({PROCESS_LOCK}), pg_backend_pid()"
        is_ours, process = connection.exec_driver_sql(ask).one()
        if not is_ours and self._ends_own(connection):
            raise CannotConnectError("the server has not let go of this process's earlier connection yet")
        if not is_ours:
            raise DatabaseInUseError(f"another remix-bot is running on {self._shown}: stop it first")
        self.held_by = self._last_held_by = process

    def _ends_own(self, connection: Connection) -> bool:
        """Whether the lock is still with the connection that we had. The server may not know yet that it is dead."""
        if self._last_held_by is None:
            return False
        own = f"SELECT pg_terminate_backend(pid) {HELD} AND pid = {self._last_held_by}"
        return connection.exec_driver_sql(own).first() is not None

    def _let_go(self) -> None:
        self.held_by = None
        self._held.clear()
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sa.exc.DBAPIError):
                # Closes the socket, without a word to a server that may not answer.
                connection.invalidate()
                connection.close()

    def _keep(self) -> None:
        is_away = False
        while not self._ended.is_set():
            self._woken.wait(_LOOK_EVERY_S)
            self._woken.clear()
            if self._ended.is_set() or (self._held.is_set() and not self._has_word()):
                continue
            self._let_go()
            try:
                self._take()
            except DatabaseInUseError as error:
                # It has taken over our jobs, so there is nothing to go on with.
                log.error("another process has taken the database over: this one stops")
                with suppress(InvalidStateError):  # nobody waits for it any more: the bot stops anyway
                    self.taken.set_exception(error)
                return
            except (sa.exc.DBAPIError, CannotConnectError) as error:
                if not is_away:
                    log.error(
                        "the database server does not answer; trying again each second", reason=driver_message(error)
                    )
                is_away = True
            else:
                log.warning("has the lock on the database again")
                is_away = False

    def _has_word(self) -> bool:
        """The server says nothing to a connection that asks nothing, except that it ends it."""
        driver = self._connection.connection.driver_connection if self._connection is not None else None
        if driver is None or driver.closed:
            return True
        # Not `select.select`, which takes no file number above 1023.
        with selectors.DefaultSelector() as selector:
            selector.register(driver.fileno(), selectors.EVENT_READ)
            return bool(selector.select(0))
