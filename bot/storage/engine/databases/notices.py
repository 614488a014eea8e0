"""Sends short texts to the other processes on a PostgreSQL database, and hears theirs (NOTIFY and LISTEN)."""

import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING, Any

import structlog

from bot.storage.engine.databases import postgresql
from bot.storage.engine.databases.work_queue import driver_message

if TYPE_CHECKING:  # the driver is not among the bot's own packages
    from psycopg.pq.abc import PGconn

LONGEST_TEXT = 7_900
"""Bytes. PostgreSQL takes less than 8,000: https://www.postgresql.org/docs/15/sql-notify.html"""

_CHANNEL = b"remix_bot"
_LISTEN = b"LISTEN " + _CHANNEL
_NOTIFY = b"SELECT pg_notify('" + _CHANNEL + b"', text) FROM unnest($1::text[]) AS text"
_AT_ONCE = 8
"""Texts in one statement, so that it fits into the socket's buffer and sending it never waits for the server."""

_MOST_WAITING = 500
_ANSWER_WITHIN_S = 5.0
_ASK_AFTER_S = 10.0
"""Without any word. A server process that hangs says nothing, and its machine goes on answering TCP's keepalives."""

_AGAIN_AFTER_S = 1.0
_CLOSE_WITHIN_S = 1.0

log = structlog.get_logger(__name__)


class LostConnectionError(Exception):
    """The server has closed the connection, or does not answer."""


class Notices:
    """Works in a thread with a connection of its own, so that neither side ever waits for a server that hangs.

    `heard` gets each text of another process. `connected` is called whenever the connection is made: what others sent
    before was not heard. Both are called in that thread, and return at once. `overflow`: the one text that takes the
    place of all others if too many wait for the server.
    """

    def __init__(self, url: str, heard: Callable[[str], None], connected: Callable[[], None], *, overflow: str) -> None:
        self._engine = postgresql.make_engine(url)
        self._heard, self._connected, self._overflow = heard, connected, overflow
        self._waiting: deque[str] = deque()
        self._sending: list[str] = []
        self._is_away = False
        self._close_by = inf
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._wakes, self._woken = socket.socketpair()
        self._wakes.setblocking(False)
        self._woken.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="database-notices", daemon=True)
        self._thread.start()

    def send(self, texts: Iterable[str]) -> None:
        """Returns at once. Each text has at most LONGEST_TEXT bytes. What cannot be sent now is sent later."""
        with self._lock:
            self._waiting.extend(texts)
            if len(self._waiting) > _MOST_WAITING:
                self._waiting = deque([self._overflow])
        self._wake()

    def close(self) -> None:
        """Send what is left. Takes a second at most, also while the server hangs."""
        self._close_by = time.monotonic() + _CLOSE_WITHIN_S / 2
        self._closed.set()
        self._wake()
        self._thread.join(_CLOSE_WITHIN_S)

    def _wake(self) -> None:
        with suppress(OSError):  # full: it will wake anyway
            self._wakes.send(b".")

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self._connect_and_talk()
            except Exception as error:  # noqa: BLE001 - the driver's errors, which cannot be named without it
                if not self._is_away and not self._closed.is_set():
                    log.warning("news of other processes is late: no connection", reason=driver_message(error))
                self._is_away = True
            self._closed.wait(_AGAIN_AFTER_S)
        self._wakes.close()
        self._woken.close()

    def _connect_and_talk(self) -> None:
        connection = self._engine.raw_connection()
        try:
            driver: Any = connection.driver_connection
            with selectors.DefaultSelector() as selector:
                selector.register(driver.fileno(), selectors.EVENT_READ)
                selector.register(self._woken, selectors.EVENT_READ)
                self._talk(driver.pgconn, selector)
        finally:
            # Closes the socket, without a word to a server that may not answer.
            connection.invalidate()

    def _talk(self, server: "PGconn", selector: selectors.BaseSelector) -> None:
        """Returns when `close` is called and nothing is left. Raises LostConnectionError and the driver's errors."""
        self._ask(server, selector, _LISTEN)
        self._is_away = False
        self._connected()
        while True:
            with self._lock:
                while self._waiting and len(self._sending) < _AT_ONCE:
                    self._sending.append(self._waiting.popleft())
            if self._sending:
                self._ask(server, selector, _NOTIFY, _array(self._sending))
                # Only now: what was cut off may not have arrived, and hearing it twice does no harm.
                self._sending.clear()
            elif self._closed.is_set():
                return
            elif not self._wait(server, selector, _ASK_AFTER_S):
                self._ask(server, selector, b"SELECT 1")

    def _ask(self, server: "PGconn", selector: selectors.BaseSelector, statement: bytes, *values: bytes) -> None:
        server.send_query_params(statement, values)
        until = time.monotonic() + _ANSWER_WITHIN_S
        while True:
            while server.is_busy():
                left = min(until, self._close_by) - time.monotonic()
                if left <= 0:
                    raise LostConnectionError("the server does not answer")
                self._wait(server, selector, left)
            result = server.get_result()
            if result is None:
                # What came right behind the answer was read with it, and would wait for the next word of the server.
                self._hear(server)
                return
            if result.error_message:
                raise LostConnectionError(result.get_error_message())

    def _wait(self, server: "PGconn", selector: selectors.BaseSelector, seconds: float) -> bool:
        """Wait for a word of the server, or for `_wake`. False: the time is over."""
        ready = [key.fileobj for key, _ in selector.select(seconds)]
        if self._woken in ready:
            with suppress(BlockingIOError):
                self._woken.recv(4096)
        if any(each is not self._woken for each in ready):
            server.consume_input()
            self._hear(server)
            if server.status != 0:  # CONNECTION_OK
                raise LostConnectionError("the server has closed the connection")
        return bool(ready)

    def _hear(self, server: "PGconn") -> None:
        while (notice := server.notifies()) is not None:
            if notice.be_pid != server.backend_pid:
                self._heard(notice.extra.decode(errors="replace"))


def _array(texts: Iterable[str]) -> bytes:
    """As PostgreSQL writes an array. The texts have no quotes, braces, commas or backslashes."""
    return ("{" + ",".join(f'"{text}"' for text in texts) + "}").encode()
