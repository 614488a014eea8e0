"""Lets only one bot process use a database: a second one would post everything twice, and could corrupt the log."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from bot.storage.engine.databases.held_lock import DatabaseInUseError as DatabaseInUseError  # noqa: PLC0414 - raised here
from bot.storage.engine.databases.held_lock import HeldLock
from bot.storage.engine.databases.postgresql import is_postgresql
from bot.storage.engine.databases.sqlite import sqlite_path
from bot.storage.engine.file_owner import give_to_owner_of


@contextmanager
def process_lock(url: str) -> Iterator[HeldLock | None]:
    """Lock the database at that URL while the block runs.

    Gives what `Database` needs on PostgreSQL, where the lock can be lost. Raises DatabaseInUseError, and on PostgreSQL
    DatabaseUnavailableError.
    """
    if is_postgresql(url):
        with closing(HeldLock(url)) as held:
            yield held
        return
    path = sqlite_path(url)
    if path is None:
        yield None
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
        yield None
    finally:
        lock.release()
