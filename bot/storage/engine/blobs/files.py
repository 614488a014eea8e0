"""Stores pictures in files named by their SHA-256."""

import os
import re
import secrets
import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.storage.engine.blobs.store import MARK, BlobMissingError, BlobStore, Entry, mark_in, name_of
from bot.storage.engine.file_owner import write_whole

_TEMPORARY = ".part"
_LEFT_AFTER = timedelta(hours=1)
_PICTURE = re.compile("[0-9a-f]{64}")


class FileBlobs(BlobStore):
    """In a folder. `shared`: other processes write there too, perhaps on other machines."""

    def __init__(self, folder: Path, *, shared: bool = False) -> None:
        self.folder = folder
        self._shared = shared
        # A file that is looked at, found old and deleted must not be touched by a `put` in between.
        self._ages = threading.Lock()
        self._write_error: str | None = None

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for leftover in self.folder.glob(f"*/*{_TEMPORARY}"):
            # Another process may be writing it.
            if not self._shared or _is_older(leftover, datetime.now(UTC) - _LEFT_AFTER):
                leftover.unlink(missing_ok=True)

    def put(self, data: bytes) -> str:
        name = name_of(data)
        target = self.path(name)
        # If the file exists already, the sweep may be about to delete it as old. A new time keeps it.
        try:
            if not (self._touch(target) and self._is_whole(target, data)):
                _write_synced(target, data)
        except OSError as error:
            self._write_error = error.strerror or type(error).__name__
            raise
        self._write_error = None
        return name

    def take_write_error(self) -> str | None:
        error, self._write_error = self._write_error, None
        return error

    @property
    def mark_place(self) -> str:
        return str(self.folder / MARK)

    def read_mark(self) -> str | None:
        try:
            return mark_in((self.folder / MARK).read_bytes())
        except FileNotFoundError:
            return None

    def write_mark(self, mark: str | None) -> None:
        if mark is None:
            (self.folder / MARK).unlink(missing_ok=True)
        else:
            write_whole(self.folder / MARK, f"{mark}\n")

    def _touch(self, target: Path) -> bool:
        """False: there is no such file."""
        with self._ages:
            try:
                os.utime(target)
            except FileNotFoundError:
                return False
        return True

    def get(self, name: str) -> bytes:
        try:
            data = self.path(name).read_bytes()
        except FileNotFoundError:
            raise BlobMissingError(name) from None
        if name_of(data) != name:
            raise BlobMissingError(name)
        return data

    def missing(self, names: Iterable[str]) -> list[str]:
        return [name for name in names if not self.path(name).exists()]

    def delete_all(self, names: Iterable[str], before: datetime) -> int:
        return sum(self._delete(path, before) for path in map(self.path, names))

    def _delete(self, path: Path, before: datetime) -> bool:
        with self._ages:
            is_old = _is_older(path, before)
            if is_old:
                path.unlink(missing_ok=True)
        return is_old

    def names_older_than(self, moment: datetime) -> Iterator[str]:
        for path in self.folder.glob("*/*"):
            if path.suffix != _TEMPORARY and _is_older(path, moment):
                yield path.name

    def entries(self, start: str = "") -> Iterator[Entry]:
        for path in self.folder.glob(f"{start or '*'}/*"):
            if _PICTURE.fullmatch(path.name):
                try:
                    found = path.stat()
                except FileNotFoundError:
                    continue
                yield Entry(path.name, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    def keep_time(self, name: str, written_at: datetime) -> None:
        os.utime(self.path(name), (written_at.timestamp(),) * 2)

    def path(self, name: str) -> Path:
        """The path of the file, whether it exists or not."""
        return self.folder / name[:2] / name

    @staticmethod
    def _is_whole(path: Path, data: bytes) -> bool:
        return path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data


def _is_older(path: Path, moment: datetime) -> bool:
    try:
        return path.stat().st_mtime < moment.timestamp()
    except FileNotFoundError:
        return False


def _write_synced(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f"{target.name}.{secrets.token_hex(4)}{_TEMPORARY}")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    # A rename is durable only once its folder is synced, and a new folder only once its parent is:
    # https://man7.org/linux/man-pages/man2/fsync.2.html
    sync_folder(target.parent)
    sync_folder(target.parent.parent)


def sync_folder(folder: Path) -> None:
    """Make new names in the folder survive a power failure."""
    if os.name == "nt":  # Windows cannot open a folder; NTFS journals the rename
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
