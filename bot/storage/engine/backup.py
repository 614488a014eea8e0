"""Copies the database, as it is at one moment, and the pictures that it names into a new folder."""

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
    """How many pictures were copied. `missing`: named by the database but not on the disk."""

    pictures: int
    missing: int


def back_up(url: str, blobs: BlobStore, target: Path) -> BackedUp:
    """Copy into the new folder `target`, even while the bot is running. Raises OSError and DatabaseUnavailableError."""
    path = sqlite_path(url)
    if path is None or not Path(path).is_file():
        raise FileNotFoundError(f"there is no database at {path}")
    target.mkdir(parents=True, exist_ok=False)
    copy = target / "remix.db"
    try:
        # The database comes first: the bot writes a picture before the row that names it, so every picture that this
        # copy names is on the disk already.
        copy_sqlite(path, copy)
        names = _named_pictures(copy)
    except (sqlite3.Error, sa.exc.DBAPIError) as error:
        message = getattr(error, "orig", None) or error
        raise DatabaseUnavailableError(f"the database cannot be copied: {message}") from error
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
