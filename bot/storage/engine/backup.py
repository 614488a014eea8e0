"""A copy of everything that is kept: the database as it is at one moment, and the pictures that it names."""

import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from bot.storage.engine.blobs import BlobStore
from bot.storage.engine.database import DatabaseUnavailableError, make_engine, sqlite_path
from bot.storage.engine.migrations import copy_sqlite
from bot.storage.engine.tables import jobs, results


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What was copied. `missing` pictures are named by the database but not on the disk."""

    pictures: int
    missing: int


def back_up(url: str, blobs: BlobStore, target: Path) -> BackedUp:
    """Copy into a new folder; also while the bot is running. Raises OSError and DatabaseUnavailableError.

    The database first: pictures are written before they are named, so all that it names are there by then.
    """
    path = sqlite_path(url)
    if path is None or not Path(path).is_file():
        raise FileNotFoundError(f"there is no database at {path}")
    target.mkdir(parents=True, exist_ok=False)
    copy = target / "remix.db"
    try:
        copy_sqlite(path, copy)
        names = _named_pictures(copy)
    except (sqlite3.Error, sa.exc.DBAPIError) as error:
        words = getattr(error, "orig", None) or error
        raise DatabaseUnavailableError(f"the database cannot be copied: {words}") from error
    copied = missing = 0
    for name in names:
        place = target / "blobs" / name[:2] / name
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(blobs.path(name), place)
            copied += 1
        except FileNotFoundError:
            missing += 1
    return BackedUp(copied, missing)


def _named_pictures(database: Path) -> list[str]:
    engine = make_engine(f"sqlite:///{database}")
    try:
        with engine.connect() as connection:
            sources = sa.select(jobs.c.source_hash).where(jobs.c.source_hash.is_not(None))
            made = sa.select(results.c.hash).where(results.c.hash.is_not(None))
            return list(connection.scalars(sources.union(made)))
    finally:
        engine.dispose()
