"""Pictures on disk: whole or not there, known to be damaged, synced before they are named."""

import errno
import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.storage.engine.blobs.files import FileBlobs
from bot.storage.engine.blobs.store import BlobMissingError, BlobStore

DATA = b"picture bytes"
NAME = hashlib.sha256(DATA).hexdigest()


def files(blobs: BlobStore) -> list[Path]:
    return [path for path in blobs.folder.rglob("*") if path.is_file()]


def test_the_same_bytes_again_are_one_file(blobs):
    blobs.put(DATA)
    blobs.put(DATA)
    assert files(blobs) == [blobs.path(NAME)]


def test_a_start_clears_what_was_half_written_and_nothing_else(blobs):
    blobs.put(DATA)
    leftover = blobs.path(NAME).with_name(f"{NAME}.1a2b3c4d.part")
    leftover.write_bytes(b"pict")
    assert list(blobs.names_older_than(datetime.now(UTC) + timedelta(hours=1))) == [NAME]
    blobs.prepare()
    assert files(blobs) == [blobs.path(NAME)]


def test_bytes_and_folder_are_synced_before_put_returns(blobs, monkeypatch):
    """File, then rename, then folder: the other way round a power cut leaves a name without bytes."""
    done = []
    fsync, replace = os.fsync, Path.replace

    def noting_fsync(descriptor: int) -> None:
        done.append(f"fsync {Path(f'/proc/self/fd/{descriptor}').readlink().name[:64]}")
        fsync(descriptor)

    def noting_replace(path: Path, target: Path) -> Path:
        done.append("rename")
        return replace(path, target)

    if not Path("/proc/self/fd").is_dir():
        pytest.skip("names of open files can be read on Linux only")
    monkeypatch.setattr(os, "fsync", noting_fsync)
    monkeypatch.setattr(Path, "replace", noting_replace)
    blobs.put(DATA)
    assert done == [f"fsync {NAME}", "rename", f"fsync {NAME[:2]}", "fsync blobs"]


def test_a_disk_that_is_full_leaves_nothing_behind(blobs, monkeypatch):
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        blobs.put(DATA)
    assert files(blobs) == []
    with pytest.raises(BlobMissingError):
        blobs.get(NAME)


def test_what_another_process_is_writing_stays_when_a_second_one_starts(tmp_path):
    blobs = FileBlobs(tmp_path, shared=True)
    new, old = (tmp_path / "ab" / f"{name}.part" for name in ("new", "old"))
    new.parent.mkdir()
    for path in (new, old):
        path.write_bytes(b"pict")
    two_hours_ago = datetime.now(UTC).timestamp() - 7200
    os.utime(old, (two_hours_ago, two_hours_ago))
    blobs.prepare()
    assert files(blobs) == [new]
