"""Copies the database, as it is at one moment, and the pictures that it names into a new folder."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from bot import __version__
from bot.rules.progress import Progress, Step, unseen
from bot.storage.engine.backups.manifest import (
    DATABASE,
    FILE,
    PICTURES,
    Manifest,
    NoManifestError,
    read_manifest,
    sha256_of,
    write_manifest,
)
from bot.storage.engine.backups.named_pictures import connect_unchanging, named_pictures
from bot.storage.engine.blobs.files import FileBlobs, sync_folder
from bot.storage.engine.blobs.store import BlobStore
from bot.storage.engine.databases.errors import DatabaseUnavailableError
from bot.storage.engine.last_backup import LastBackup, write_last_backup
from bot.storage.engine.migrations import copy_sqlite
from bot.storage.engine.read_only import existing_database

UNFINISHED = ".part"
"""What the name of a backup ends with until it is complete."""

_LOCK = "lock"
_OURS = frozenset({DATABASE, f"{DATABASE}-journal", FILE, PICTURES, _LOCK})


@dataclass(frozen=True, slots=True)
class BackedUp:
    """How many pictures were copied. `missing`: named by the database but not on the disk. `deleted`: old backups."""

    pictures: int
    missing: int
    deleted: int = 0


def back_up(
    url: str, blobs: BlobStore, target: Path, now: datetime, *, keep: int | None = None, progress: Progress = unseen
) -> BackedUp:
    """Copy into the new folder `target`, even while the bot is running. Raises OSError and DatabaseUnavailableError.

    Nothing has that name until the copy is complete. `keep`: how many complete backups of this database stay beside
    it, with this one; older ones are deleted.
    """
    path = existing_database(url)
    if target.exists():
        raise FileExistsError(f"{target} exists already")
    part = target.with_name(target.name + UNFINISHED)
    with _new_folder(part):
        # The database comes first: the bot writes a picture before the row that names it, so every picture that this
        # copy names is on the disk already.
        progress(Step.COPY_DATABASE, 0, None)
        names = _copy_database(path, part / DATABASE)
        kept = list(_keep_pictures(names, blobs, FileBlobs(part / PICTURES), progress))
        manifest = _describe(part / DATABASE, path, now, kept, missing=len(names) - len(kept))
        write_manifest(part, manifest)
        (part / _LOCK).unlink()
        # A power failure must not leave a backup that only seems complete. Pictures are not synced one by one, because
        # a restore checks each against its name.
        sync_folder(part)
        part.rename(target)
    sync_folder(target.parent)
    write_last_backup(url, LastBackup(now, target))
    deleted = 0
    if keep is not None:
        deleted = _delete_old(target, manifest.origin, keep)
        _delete_left(target.absolute().parent)
    return BackedUp(len(kept), manifest.missing, deleted)


@contextmanager
def _new_folder(part: Path) -> Iterator[None]:
    """An empty folder, without what a killed backup left there. It goes if the copy fails: the disk may be full."""
    if part.is_symlink():
        raise FileExistsError(f"{part} is a link")
    part.mkdir(parents=True, exist_ok=True)
    if foreign := _foreign(part):
        raise FileExistsError(f"{part} has something else in it: {foreign[0]}")
    lock = FileLock(part / _LOCK)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise FileExistsError(f"another backup is being written to {part}") from None
    try:
        _delete(part, but=_LOCK)
        yield
    except BaseException:
        _delete(part)
        raise
    finally:
        lock.release()


def _foreign(part: Path) -> list[str]:
    return sorted(path.name for path in part.iterdir() if path.name not in _OURS)


def _delete(folder: Path, but: str | None = None) -> None:
    """Delete a backup, and the folder unless something else is in it. It stops being a backup first."""
    for name in (FILE, *sorted(_OURS - {FILE, but})):
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    if but is None and not any(folder.iterdir()):
        folder.rmdir()


def _copy_database(path: Path, copy: Path) -> set[str]:
    """Returns the pictures that it names."""
    try:
        copy_sqlite(str(path), copy)
        names = named_pictures(copy)
    except sqlite3.Error as error:
        raise DatabaseUnavailableError(f"the database cannot be copied: {error}") from error
    with copy.open("rb") as written:
        os.fsync(written.fileno())
    return names


def _keep_pictures(names: AbstractSet[str], source: BlobStore, target: FileBlobs, progress: Progress) -> Iterator[str]:
    """Yields the names of those that are there.

    Pictures in S3 stay there: to read a bucket again for each backup would take hours and cost more than the bucket.
    """
    if not isinstance(source, FileBlobs):
        yield from sorted(entry.name for entry in source.entries() if entry.name in names)
        return
    ordered = sorted(names)
    for done, name in enumerate(ordered):
        progress(Step.COPY_PICTURES, done, len(ordered))
        place = target.path(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(source.path(name), place)
        except FileNotFoundError:
            continue
        yield name


def _describe(copy: Path, origin: Path, now: datetime, pictures: list[str], missing: int) -> Manifest:
    with closing(connect_unchanging(copy)) as reader:
        tables = {name for (name,) in reader.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        counts = {
            table: reader.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - names of our tables
            for table in ("jobs", "results", "ledger_entries")
            if table in tables
        }
        (schema,) = reader.execute("SELECT version_num FROM alembic_version").fetchone()
    return Manifest(
        at=now,
        version=__version__,
        origin=str(origin.absolute()),
        schema=schema,
        counts=counts,
        size=copy.stat().st_size,
        sha256=sha256_of(copy),
        pictures=pictures,
        missing=missing,
    )


def _delete_old(newest: Path, origin: str, keep: int) -> int:
    """Delete complete backups of the same database beside the newest one, the oldest first. Returns how many."""
    others = []
    for folder in newest.absolute().parent.iterdir():
        if folder.is_symlink() or not folder.is_dir() or folder.samefile(newest):
            continue
        try:
            manifest = read_manifest(folder)
        except NoManifestError:
            continue
        if manifest.origin == origin and not folder.name.endswith(UNFINISHED):
            others.append((manifest.at, folder))
    old = sorted(others)[: max(0, len(others) - (keep - 1))]
    for _at, folder in old:
        _delete(folder)
    return len(old)


def _delete_left(folder: Path) -> None:
    """Delete what killed backups have left there. Their names have a time in them, so no other backup writes over them.

    The lock tells that it is one of ours, and that nobody writes to it any more.
    """
    for part in folder.glob(f"*{UNFINISHED}"):
        if part.is_symlink() or not (part / _LOCK).is_file() or _foreign(part):
            continue
        lock = FileLock(part / _LOCK)
        try:
            with lock.acquire(blocking=False):
                _delete(part, but=_LOCK)
                (part / _LOCK).unlink()
                part.rmdir()
        except (Timeout, OSError):
            continue
