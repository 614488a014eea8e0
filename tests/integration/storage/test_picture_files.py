"""Pictures on disk: whole or not there, known to be damaged, synced before they are named."""

import errno
import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.storage.engine.blobs.store import BlobMissingError, BlobStore

DATA = b"picture bytes"
NAME = hashlib.sha256(DATA).hexdigest()


def files(blobs: BlobStore) -> list[Path]:
    return [path for path in blobs._folder.rglob("*") if path.is_file()]


def age(path: Path, hours: float) -> None:
    then = (datetime.now(UTC) - timedelta(hours=hours)).timestamp()
    os.utime(path, (then, then))


def test_bytes_are_named_by_their_hash_and_read_back(blobs):
    assert blobs.put(DATA) == NAME
    assert blobs.get(NAME) == DATA
    assert files(blobs) == [blobs.path(NAME)]


def test_the_same_bytes_again_are_one_file_that_is_young_again(blobs):
    blobs.put(DATA)
    age(blobs.path(NAME), 5)
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    assert list(blobs.names_older_than(hour_ago)) == [NAME]
    blobs.put(DATA)
    assert list(blobs.names_older_than(hour_ago)) == []
    assert len(files(blobs)) == 1


@pytest.mark.parametrize("damage", [b"picture bytez", b"", b"picture bytes and more"])
def test_damage_is_noticed_and_mended_by_storing_the_bytes_again(blobs, damage):
    blobs.put(DATA)
    blobs.path(NAME).write_bytes(damage)
    with pytest.raises(BlobMissingError):
        blobs.get(NAME)
    blobs.put(DATA)
    assert blobs.get(NAME) == DATA


@pytest.mark.parametrize("name", [NAME, "", "00" * 32])
def test_what_is_not_there_is_missing(blobs, name):
    with pytest.raises((BlobMissingError, IsADirectoryError)):
        blobs.get(name)


def test_deleting_takes_what_is_there(blobs):
    kept = blobs.put(b"other")
    blobs.put(DATA)
    age(blobs.path(NAME), 5)
    age(blobs.path(kept), 5)
    assert blobs.delete_all([NAME, "11" * 32], datetime.now(UTC)) == 1
    assert files(blobs) == [blobs.path(kept)]


def test_what_was_written_anew_since_it_was_found_to_be_old_is_not_deleted(blobs):
    blobs.put(DATA)
    age(blobs.path(NAME), 5)
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    found = list(blobs.names_older_than(hour_ago))
    blobs.put(DATA)
    assert (found, blobs.delete_all(found, hour_ago)) == ([NAME], 0)
    assert blobs.get(NAME) == DATA


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
