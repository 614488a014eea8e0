"""`move-blobs`: all pictures get from one store to another, also after a stop, and none is taken for another."""

import hashlib
import os
from datetime import UTC, datetime, timedelta

import pytest

from bot.storage.engine.blobs.files import FileBlobs
from bot.storage.engine.blobs.moving import move_blobs
from bot.storage.engine.blobs.s3 import S3Blobs
from bot.storage.engine.blobs.store import BlobsAwayError

PICTURES = [f"picture {number}".encode() for number in range(12)]
NAMES = sorted(hashlib.sha256(data).hexdigest() for data in PICTURES)


@pytest.fixture(params=["files to s3", "s3 to files", "files to files"])
def stores(request, tmp_path, bucket):
    first, second = FileBlobs(tmp_path / "first"), FileBlobs(tmp_path / "second")
    in_s3 = S3Blobs(bucket.place)
    made = {"files to s3": (first, in_s3), "s3 to files": (in_s3, second), "files to files": (first, second)}
    for store in made[request.param]:
        store.prepare()
    return made[request.param]


def names(store):
    return sorted(entry.name for entry in store.entries())


def test_every_picture_is_copied_and_a_second_time_none(stores):
    source, target = stores
    for data in PICTURES:
        source.put(data)
    seen = []
    moved = move_blobs(source, target, delete=False, progress=lambda _step, done, total: seen.append((done, total)))
    assert (moved.copied, moved.there, moved.deleted, moved.bad) == (12, 0, 0, [])
    assert names(source) == names(target) == NAMES
    assert seen == [(done, 12) for done in range(1, 13)]
    again = move_blobs(source, target, delete=False)
    assert (again.copied, again.there) == (0, 12)


def test_what_an_earlier_run_has_copied_is_not_copied_again_and_the_rest_is(stores):
    source, target = stores
    for data in PICTURES:
        source.put(data)
    for data in PICTURES[:5]:
        target.put(data)
    moved = move_blobs(source, target, delete=True)
    assert (moved.copied, moved.there, moved.deleted) == (7, 5, 12)
    assert (names(source), names(target)) == ([], NAMES)


def test_what_is_damaged_is_named_and_neither_copied_nor_deleted(tmp_path, bucket):
    source, target = FileBlobs(tmp_path), S3Blobs(bucket.place)
    for data in PICTURES:
        source.put(data)
    source.path(NAMES[3]).write_bytes(b"damaged")
    moved = move_blobs(source, target, delete=True)
    assert (moved.copied, moved.deleted, moved.bad) == (11, 11, [NAMES[3]])
    assert names(source) == [NAMES[3]]
    assert NAMES[3] not in names(target)


def test_an_original_is_only_deleted_once_its_copy_could_be_read(tmp_path, bucket):
    """A copy of the right size can be damaged: the original mends it first."""
    source, target = FileBlobs(tmp_path), S3Blobs(bucket.place)
    name = source.put(PICTURES[0])
    target.put(PICTURES[0])
    bucket.damage(name, b"x" * len(PICTURES[0]))
    moved = move_blobs(source, target, delete=True)
    assert (moved.there, moved.deleted) == (1, 1)
    assert target.get(name) == PICTURES[0]


def test_files_keep_the_times_that_the_sweep_goes_by(tmp_path):
    source, target = FileBlobs(tmp_path / "first"), FileBlobs(tmp_path / "second")
    name = source.put(PICTURES[0])
    written = datetime.now(UTC) - timedelta(days=3)
    os.utime(source.path(name), (written.timestamp(),) * 2)
    move_blobs(source, target, delete=False)
    (copy,) = target.entries()
    assert abs(copy.written_at - written) < timedelta(seconds=1)


def test_a_store_that_fails_stops_the_move_and_the_next_one_goes_on(tmp_path, bucket):
    source, target = FileBlobs(tmp_path), S3Blobs(bucket.place)
    for data in PICTURES:
        source.put(data)
    bucket.status = 503
    with pytest.raises(BlobsAwayError):
        move_blobs(source, target, delete=True)
    assert names(source) == NAMES
    bucket.go_on()
    assert move_blobs(source, S3Blobs(bucket.place), delete=True).copied == 12
