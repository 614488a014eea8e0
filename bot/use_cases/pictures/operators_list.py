"""The operator's list of pictures that no server may use, changed and read by the command line."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from bot.images.pictures import SourceLimits
from bot.images.processes.pool import PicturePool
from bot.rules.picture_memory import MOST_LISTED, ListedBecause
from bot.rules.refusals import Refused
from bot.storage.engine.backups.stopped import opened_to_change
from bot.storage.engine.database import Connection
from bot.storage.engine.read_only import read_snapshot
from bot.storage.standing import pictures
from bot.storage.standing.pictures import EVERYWHERE, ListedPicture, NewPicture
from bot.use_cases.pictures.read_picture import read_picture

T = TypeVar("T")


async def read_files(
    pool: PicturePool, limits: SourceLimits, paths: Sequence[Path], note: str | None
) -> Mapping[Path, NewPicture | Refused]:
    """What is to be listed of each file, or why it cannot be. Raises OSError if one cannot be read."""
    return {path: await _read(pool, limits, path.read_bytes(), note) for path in paths}


async def _read(pool: PicturePool, limits: SourceLimits, data: bytes, note: str | None) -> NewPicture | Refused:
    """The file as members send it, prepared as it is for a remix."""
    read = await read_picture(pool, limits, data, 0, keep=True)
    return (
        read if isinstance(read, Refused) else NewPicture(read.hash, ListedBecause.ADDED, prints=read.prints, note=note)
    )


def add_by_command(url: str, new: Sequence[NewPicture], now: datetime) -> Sequence[int]:
    """Returns their numbers. Raises as `_change`."""
    return _change(url, lambda connection: pictures.add(connection, EVERYWHERE, new, None, now))


def remove_by_command(url: str, numbers: Sequence[int]) -> Sequence[int]:
    """Those that were on the list. Raises as `_change`."""
    return _change(url, lambda connection: pictures.take_off(connection, EVERYWHERE, numbers))


def _change(url: str, change: Callable[[Connection], T]) -> T:
    """On PostgreSQL the bot can run meanwhile, and asks the list as it is then.

    Raises NoDatabaseError, DatabaseInUseError while a bot runs on SQLite, and what `migrate` raises.
    """
    with opened_to_change(url) as database:
        return database.transaction_now(change)


def read_by_command(url: str) -> Sequence[ListedPicture]:
    """The newest first. Raises NoDatabaseError and DatabaseUnavailableError."""
    return read_snapshot(url, lambda connection: pictures.newest(connection, EVERYWHERE, MOST_LISTED))
