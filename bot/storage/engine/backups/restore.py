"""Puts a backup in the place of the database: made ready beside it first, then exchanged so that a kill loses nothing.

The exchange has begun once there is a file `remix.db.restoring-TIME`. From then on it is only ever finished: each step
can be repeated, and a start of the bot repeats them.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from glob import escape
from pathlib import Path

from bot.rules.progress import Progress, Step, unseen
from bot.storage.engine.backups.check import find_damage
from bot.storage.engine.backups.manifest import DATABASE, PICTURES, Manifest, NoManifestError, read_manifest, sha256_of
from bot.storage.engine.backups.named_pictures import named_pictures
from bot.storage.engine.backups.newest import newest_file
from bot.storage.engine.blobs.files import FileBlobs, sync_folder
from bot.storage.engine.blobs.store import BlobMissingError, BlobStore
from bot.storage.engine.databases.errors import DatabaseUnavailableError
from bot.storage.engine.databases.sqlite import sqlite_path
from bot.storage.engine.file_owner import give_to_owner_of
from bot.storage.engine.migrations import migrate
from bot.storage.engine.read_only import existing_database

_READY = ".restoring-"
_MAKING = ".restoring.part"
_ASIDE = ".before-"
_LOG_FILES = ("-wal", "-shm")
_STAMP = "%Y%m%dT%H%M%S%f"


class BackupUnusableError(Exception):
    """The backup cannot take the place of the database. Nothing was changed. The text says why."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is restored. `pictures` None: those beside the bot stay as they are."""

    database: Path
    pictures: BlobStore | None
    manifest: Manifest | None

    def is_at(self, url: str) -> bool:
        """Whether it is the database itself."""
        path = _path(url)
        return path.exists() and path.samefile(self.database)


def backup_in(folder: Path, *, without_manifest: bool = False) -> Source:
    """A folder that `remix-bot backup` made, or a copy of the database alone. Raises BackupUnusableError."""
    if folder.is_file():
        return Source(folder, None, None)
    if not folder.is_dir():
        raise BackupUnusableError(f"there is no backup at {folder}")
    try:
        manifest = read_manifest(folder)
    except NoManifestError as error:
        if not without_manifest:
            raise BackupUnusableError(f"{folder} is no backup: {error}") from None
        manifest = None
    if not (folder / DATABASE).is_file():
        raise BackupUnusableError(f"{folder} is no backup: it has no {DATABASE}")
    return Source(folder / DATABASE, FileBlobs(folder / PICTURES), manifest)


def in_place(url: str) -> Source:
    """The database that is there: somebody has copied an older one to its place. Raises NoDatabaseError."""
    return Source(existing_database(url), None, None)


@contextmanager
def staged(url: str, source: Source, progress: Progress = unseen) -> Iterator[str]:
    """A checked copy of the source beside the database, at the newest schema: the URL to change it by.

    It goes if the block fails. Raises BackupUnusableError, DatabaseTooNewError, DatabaseUnavailableError and OSError.
    """
    making = Path(f"{_path(url)}{_MAKING}")
    _remove(making)
    try:
        _copy(source, making, progress)
        _require_sound(making, source, progress)
        new = f"sqlite:///{making.absolute()}"
        _seal(making)
        # The copy that `migrate` makes first would be one more of what is in the backup anyway.
        migrate(new, keep_copy=False, progress=progress)
        yield new
    except BaseException:
        _remove(making)
        raise


def _copy(source: Source, making: Path, progress: Progress) -> None:
    size = source.database.stat().st_size
    if source.manifest is not None:
        found = sha256_of(source.database, lambda done: progress(Step.CHECK_DATABASE, done, size))
        if (size, found) != (source.manifest.size, source.manifest.sha256):
            raise BackupUnusableError(f"{source.database} is not the file that its manifest describes")
    progress(Step.COPY_DATABASE, 0, None)
    shutil.copyfile(source.database, making)
    # A backup of ours is one file. What was copied by hand after a kill has a part of the rows in its log.
    log = Path(f"{source.database}-wal")
    if source.manifest is None and log.is_file():
        shutil.copyfile(log, f"{making}-wal")


def _require_sound(making: Path, source: Source, progress: Progress) -> None:
    progress(Step.CHECK_DATABASE, 0, None)
    if (damage := find_damage(making)) is not None:
        raise BackupUnusableError(f"{source.database} is damaged: {damage}")


def bring_pictures(url: str, new: str, source: Source, target: BlobStore, progress: Progress = unseen) -> int:
    """Add the pictures that the staged database names to the store. Returns how many neither place has.

    Each is checked against its name, which is its hash, so adding them to those that are there is safe. S3 checks what
    it takes, so there a listing tells.
    """
    target.prepare()
    named = named_pictures(_path(new))
    there = set() if isinstance(target, FileBlobs) else {each.name for each in target.entries() if each.name in named}
    names, missing = sorted(named - there), 0
    for done, name in enumerate(names):
        progress(Step.COPY_PICTURES, done, len(names))
        try:
            if source.pictures is not None and not _is_whole(target, name):
                target.put(source.pictures.get(name))
            else:
                target.get(name)
        except BlobMissingError:
            missing += 1
        else:
            if isinstance(target, FileBlobs):
                give_to_owner_of(_like(_path(url)), target.path(name).parent, target.path(name))
    if isinstance(target, FileBlobs):
        give_to_owner_of(_like(_path(url)), target.folder)
    return missing


def _is_whole(pictures: BlobStore, name: str) -> bool:
    try:
        pictures.get(name)
    except BlobMissingError:
        return False
    return True


def begin_exchange(url: str, new: str) -> None:
    """The staged database is complete: from now on it takes the place of the other, whatever happens."""
    path, making = _path(url), _path(new)
    _seal(making)
    with making.open("rb") as written:
        os.fsync(written.fileno())
    give_to_owner_of(_like(path), making)
    making.chmod(0o600)
    making.rename(f"{path}{_READY}{datetime.now(UTC).strftime(_STAMP)}")
    sync_folder(path.parent)


def exchange_has_begun(url: str) -> bool:
    """Whether a restore was killed after `begin_exchange`, so that it is yet to be finished."""
    path = sqlite_path(url)
    return path is not None and any(_ready_files(Path(path)))


def _ready_files(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{escape(path.name)}{_READY}*"))


def finish_exchange(url: str, pictures: BlobStore, progress: Progress = unseen) -> Path | None:
    """Finish what `begin_exchange` began, also after a kill. Returns the folder with what was there before.

    None: nothing had begun. Call it under the process lock.
    """
    if (in_file := sqlite_path(url)) is None:
        return None
    path, aside = Path(in_file), None
    # Of a restore that was killed before.
    _remove(Path(f"{path}{_MAKING}"))
    for ready in _ready_files(path):
        aside = path.with_name(f"{path.name}{_ASIDE}{ready.name.rpartition('-')[2]}")
        _set_aside(path, aside)
        _set_pictures_aside(pictures, aside / PICTURES, named_pictures(ready), progress)
        # The log goes before the exchange: beside the new file it would damage it.
        for end in _LOG_FILES:
            Path(f"{path}{end}").unlink(missing_ok=True)
        newest_file(path).unlink(missing_ok=True)
        sync_folder(path.parent)
        ready.replace(path)
        sync_folder(path.parent)
        give_to_owner_of(path, aside, *aside.rglob("*"), Path(f"{path}.lock"))
        if not any(aside.iterdir()):
            aside.rmdir()
    return aside


def _set_aside(path: Path, aside: Path) -> None:
    """The database with its log, by the names that a restore looks for, so that the way back is one command.

    What is there already stays: after a kill its original may be gone.
    """
    aside.mkdir(exist_ok=True)
    # At once: a start of the bot has to be able to go on where a restore of root was killed.
    give_to_owner_of(_like(path), aside)
    for end in ("", *_LOG_FILES):
        there, kept = Path(f"{path}{end}"), aside / f"{DATABASE}{end}"
        if there.is_file() and not kept.exists():
            half = kept.with_name(f"{kept.name}.half")
            half.unlink(missing_ok=True)
            try:
                os.link(there, half)
            except OSError:  # a file system without hard links
                shutil.copy2(there, half)
            half.rename(kept)
    sync_folder(aside)


def _set_pictures_aside(pictures: BlobStore, aside: Path, named: set[str], progress: Progress) -> None:
    """The pictures that only the old database names. The bot would delete them as leftovers of a crash.

    Those in S3 are copied, and the bot deletes them there.
    """
    unnamed = [entry.name for entry in pictures.entries() if entry.name not in named]
    kept = FileBlobs(aside)
    for done, name in enumerate(unnamed):
        progress(Step.MOVE_PICTURES, done, len(unnamed))
        place = kept.path(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        give_to_owner_of(aside.parent, aside, place.parent)
        if isinstance(pictures, FileBlobs):
            shutil.move(pictures.path(name), place)
        elif not place.exists():
            with suppress(BlobMissingError):  # a damaged one is of no use
                kept.put(pictures.get(name))


def _seal(database: Path) -> None:
    """Puts all into the one file, without a log beside it."""
    try:
        with closing(sqlite3.connect(database)) as connection:
            (mode,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.Error as error:
        raise DatabaseUnavailableError(f"{database} cannot be written: {error}") from error
    if mode != "delete":
        raise DatabaseUnavailableError(f"{database} is in use")


def _remove(making: Path) -> None:
    for end in ("", "-journal", *_LOG_FILES):
        Path(f"{making}{end}").unlink(missing_ok=True)


def _like(path: Path) -> Path:
    """Whose the files are: the database's, or its folder's where there is none yet."""
    return path if path.exists() else path.parent


def _path(url: str) -> Path:
    path = sqlite_path(url)
    if path is None:
        raise BackupUnusableError("DATABASE_URL names no file")
    return Path(path)
