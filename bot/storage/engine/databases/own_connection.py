"""A connection to PostgreSQL beside those of the transactions, which gives up when the server hangs."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, make_url

from bot.storage.engine.databases import postgresql
from bot.storage.engine.databases.errors import DatabaseAwayError
from bot.storage.engine.databases.work_queue import driver_message

T = TypeVar("T")

_SHORTEST_CONNECT_S = 2
"""libpq takes no shorter one: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-CONNECT-TIMEOUT"""

# An administrator can end sessions that do nothing for a while, and this one mostly waits. And without the other three
# the server keeps it for two hours after the bot's machine has lost its power or network. PostgreSQL 13 has no
# idle_session_timeout: https://www.postgresql.org/docs/current/runtime-config-connection.html
_SESSION = (
    "SELECT set_config(name, CASE name WHEN 'idle_session_timeout' THEN '0' WHEN 'tcp_keepalives_idle' THEN '10'"
    " ELSE '5' END, false) FROM pg_settings WHERE name IN"
    " ('idle_session_timeout', 'tcp_keepalives_idle', 'tcp_keepalives_interval', 'tcp_keepalives_count')"
)


class OwnConnection:
    """Runs transactions one after the other, in the caller's thread. Connects again after the server was away."""

    def __init__(self, url: str, longest_s: float) -> None:
        """`longest_s`: what one transaction may take."""
        self._url = url
        connect_s = str(max(_SHORTEST_CONNECT_S, int(longest_s)))
        parsed = make_url(url)
        given = parsed.query if "connect_timeout" in parsed.query else {**parsed.query, "connect_timeout": connect_s}
        self._engine = postgresql.make_engine(parsed.set(query=given))
        self._longest_s = longest_s
        self._connection: Connection | None = None

    def run(self, work: Callable[[Connection], T], longest_s: float | None = None) -> T:
        """Run `work` and commit. If the connection turns out to be dead, `work` runs once more on another one.

        `longest_s`: another limit than for the others. Raises CannotConnectError, and DatabaseAwayError if nobody knows
        whether it was stored.
        """
        if self._connection is not None:
            with suppress(DatabaseAwayError):
                return self._run(self._connection, work, longest_s)
        return self._run(self._connect(), work, longest_s)

    def close(self) -> None:
        self._let_go()
        self._engine.dispose()

    def _connect(self) -> Connection:
        connection = self._connection = postgresql.connect(self._engine, self._url)
        try:
            self._run(connection, _prepare)
        except BaseException:
            self._let_go()
            raise
        return connection

    def _run(self, connection: Connection, work: Callable[[Connection], T], longest_s: float | None = None) -> T:
        guard = threading.Timer(longest_s or self._longest_s, postgresql.cut_off, [connection])
        guard.daemon = True
        guard.start()
        try:
            with connection.begin():
                return work(connection)
        except sa.exc.DBAPIError as error:
            self._let_go()
            raise DatabaseAwayError(
                f"{postgresql.shown(self._url)} does not answer: {driver_message(error)}"
            ) from error
        finally:
            guard.cancel()

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sa.exc.DBAPIError):
                # Closes the socket, without a word to a server that may not answer.
                connection.invalidate()
                connection.close()


def _prepare(connection: Connection) -> None:
    postgresql.check_version(connection)
    connection.exec_driver_sql(_SESSION).close()
