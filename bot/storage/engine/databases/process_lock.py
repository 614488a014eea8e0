"""Keeps a database from bot processes: from a second one on SQLite, and from all of them while a command changes it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa
from filelock import FileLock, Timeout
from sqlalchemy.engine import Connection

from bot.storage.engine.databases import postgresql
from bot.storage.engine.databases.errors import DatabaseInUseError as DatabaseInUseError  # noqa: PLC0414 - raised here
from bot.storage.engine.databases.own_connection import OwnConnection
from bot.storage.engine.databases.server_clock import IS_DEAD, correct_beats
from bot.storage.engine.databases.sqlite import sqlite_path
from bot.storage.engine.file_owner import give_to_owner_of
from bot.storage.engine.tables.processes import processes

_COMMAND_LOCK = 20260432
_LONGEST_S = 30.0


@contextmanager
def process_lock(url: str) -> Iterator[None]:
    """Keep every bot process from the database at that URL while the block runs.

    Raises DatabaseInUseError while one uses it, and on PostgreSQL DatabaseUnavailableError.
    """
    if postgresql.is_postgresql(url):
        with closing(OwnConnection(url, _LONGEST_S)) as connection:
            # By itself: if the next one is refused, it is undone.
            connection.run(_correct_beats)
            backend = connection.run(_lock_for_command)
            with postgresql.needing_lock(url, _COMMAND_LOCK, backend):
                yield
        return
    path = sqlite_path(url)
    if path is None:
        yield
        return
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    # A lock of the operating system (flock, or msvcrt.locking on Windows): it ends with the process, even after
    # kill -9, so a leftover file cannot keep the bot from starting.
    lock = FileLock(f"{path}.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise DatabaseInUseError(f"another remix-bot is running on {path}: stop it first") from None
    try:
        # `migrate`, `parked` and `forget` can be run by root, and the bot's account has to open it afterwards.
        with suppress(OSError):  # some file systems let nobody give files away
            give_to_owner_of(Path(path) if Path(path).exists() else Path(path).parent, Path(f"{path}.lock"))
        yield
    finally:
        lock.release()


def _correct_beats(connection: Connection) -> None:
    if sa.inspect(connection).has_table(processes.name):
        correct_beats(connection)


def _lock_for_command(connection: Connection) -> int:
    """For the session: it ends with its connection, also after a kill. Returns the process of the server."""
    postgresql.one_at_a_time(connection)
    if not connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({_COMMAND_LOCK})").scalar_one():
        raise DatabaseInUseError("another remix-bot command is changing the database: wait for its end")
    require_no_process(connection)
    backend: int = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    return backend


def require_no_command(connection: Connection) -> None:
    """Within the transaction in which a bot process joins. Raises DatabaseInUseError."""
    if not connection.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock_shared({_COMMAND_LOCK})").scalar_one():
        raise DatabaseInUseError("a remix-bot command is changing the database: start again when it has ended")


def require_no_process(connection: Connection) -> None:
    """Raises DatabaseInUseError while a bot process beats, in a transaction that no process can join beside.

    Deletes the dead ones: one that was only suspended would go on by its next beat. So it has to join, and is refused.
    """
    if not sa.inspect(connection).has_table(processes.name):
        return
    roles = sorted(connection.scalars(sa.select(processes.c.role).where(~IS_DEAD)))
    if roles:
        raise DatabaseInUseError(f"stop all bot processes first: {len(roles)} run ({', '.join(roles)})")
    connection.execute(sa.delete(processes))
