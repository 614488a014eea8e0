"""What every store of pictures does: whole or not there, damage is noticed, and only what is old is deleted."""

import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from bot.storage.engine.blobs.files import FileBlobs
from bot.storage.engine.blobs.s3 import S3Blobs
from bot.storage.engine.blobs.store import BlobMissingError

DATA = b"picture bytes"
NAME = hashlib.sha256(DATA).hexdigest()
OTHER = hashlib.sha256(b"other").hexdigest()


def hours_ago(hours: float) -> datetime:
    return datetime.now(UTC) - timedelta(hours=hours)


class Files:
    """What happens to files."""

    def __init__(self, folder: Path) -> None:
        self.store = FileBlobs(folder)

    def age(self, name: str, hours: float) -> None:
        os.utime(self.store.path(name), (hours_ago(hours).timestamp(),) * 2)

    def damage(self, name: str, data: bytes) -> None:
        self.store.path(name).write_bytes(data)

    def lose(self, name: str) -> None:
        self.store.path(name).unlink()


@pytest.fixture(params=["files", "s3"])
def there(request, tmp_path):
    """What can happen to what is stored: `age`, `damage` and `lose`."""
    return Files(tmp_path / "pictures") if request.param == "files" else request.getfixturevalue("bucket")


@pytest.fixture
def blobs(there):
    store = there.store if isinstance(there, Files) else S3Blobs(there.place)
    store.prepare()
    return store


def test_bytes_are_named_by_their_hash_and_read_back(blobs):
    assert blobs.put(DATA) == NAME
    assert blobs.get(NAME) == DATA
    assert [(entry.name, entry.size) for entry in blobs.entries()] == [(NAME, len(DATA))]


def test_the_same_bytes_again_are_young_again(blobs, there):
    blobs.put(DATA)
    there.age(NAME, 5)
    assert list(blobs.names_older_than(hours_ago(1))) == [NAME]
    blobs.put(DATA)
    assert list(blobs.names_older_than(hours_ago(1))) == []


@pytest.mark.parametrize("damage", [b"picture bytez", b"", b"picture bytes and more"])
def test_damage_is_noticed_and_mended_by_storing_the_bytes_again(blobs, there, damage):
    blobs.put(DATA)
    there.damage(NAME, damage)
    with pytest.raises(BlobMissingError):
        blobs.get(NAME)
    blobs.put(DATA)
    assert blobs.get(NAME) == DATA


def test_what_is_not_there_is_missing(blobs, there):
    blobs.put(DATA)
    blobs.put(b"other")
    there.lose(OTHER)
    with pytest.raises(BlobMissingError):
        blobs.get(OTHER)
    assert blobs.missing([NAME, OTHER, "11" * 32]) == [OTHER, "11" * 32]


def test_deleting_takes_what_is_there(blobs, there):
    blobs.put(b"other")
    blobs.put(DATA)
    there.age(NAME, 5)
    there.age(OTHER, 5)
    assert blobs.delete_all([NAME, "11" * 32], datetime.now(UTC)) == 1
    assert [entry.name for entry in blobs.entries()] == [OTHER]


def test_what_was_written_anew_since_it_was_found_to_be_old_is_not_deleted(blobs, there):
    blobs.put(DATA)
    there.age(NAME, 5)
    found = list(blobs.names_older_than(hours_ago(1)))
    blobs.put(DATA)
    assert (found, blobs.delete_all(found, hours_ago(1))) == ([NAME], 0)
    assert blobs.get(NAME) == DATA


def test_pictures_can_be_listed_by_the_first_two_digits(blobs):
    blobs.put(DATA)
    blobs.put(b"other")
    assert [entry.name for entry in blobs.entries(NAME[:2])] == [NAME]
    assert list(blobs.entries("00")) == []


async def test_work_runs_beside_the_event_loop_with_its_log_fields_and_errors(blobs):
    assert await blobs.in_thread(blobs.put, DATA) == NAME
    with pytest.raises(BlobMissingError):
        await blobs.in_thread(blobs.get, OTHER)
    with structlog.contextvars.bound_contextvars(job=7):
        assert await blobs.in_thread(structlog.contextvars.get_contextvars) == {"job": 7}
