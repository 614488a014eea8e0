"""A process with other pictures than those of its database is refused, and so is no other."""

import asyncio

import pytest

from bot.rules.roles import Part, Role
from bot.storage.engine.blobs import mark
from bot.storage.engine.blobs.files import FileBlobs
from bot.storage.engine.blobs.mark import OtherPicturesError, prepare_ours
from bot.storage.engine.blobs.moving import move_blobs
from bot.storage.engine.blobs.s3 import S3Blobs
from bot.storage.processes import rows
from tests.integration.made_storage import LEASE, add_job


@pytest.fixture(params=["files", "s3"])
def store(request, tmp_path):
    if request.param == "files":
        return FileBlobs(tmp_path / "here")
    return S3Blobs(request.getfixturevalue("bucket").place)


@pytest.fixture
def other(tmp_path):
    return FileBlobs(tmp_path / "elsewhere")


def named(database, store, data=b"a picture"):
    return database.transaction_now(add_job, source_hash=store.put(data))


def test_the_store_of_the_first_start_is_taken_and_marked_and_no_other_is(database, store, other):
    prepare_ours(database, store, LEASE)
    named(database, store)
    prepare_ours(database, store, LEASE)
    with pytest.raises(OtherPicturesError, match=f"elsewhere/store.id does not say {store.read_mark()}"):
        prepare_ours(database, other, LEASE)
    assert other.read_mark() is None


def test_a_store_of_another_database_is_refused(database, store, other):
    prepare_ours(database, store, LEASE)
    named(database, store)
    other.prepare()
    other.write_mark("that of another")
    with pytest.raises(OtherPicturesError):
        prepare_ours(database, other, LEASE)
    assert other.read_mark() == "that of another"


def test_before_the_first_picture_another_store_can_be_named(database, store, other):
    prepare_ours(database, store, LEASE)
    prepare_ours(database, other, LEASE)
    assert database.transaction_now(mark.read_known) == other.read_mark() != store.read_mark()


def test_beside_another_process_no_other_store_is_taken(database, store, other):
    """As when all parts of a new installation start at once, one with a wrong folder."""
    prepare_ours(database, store, "another")
    database.transaction_now(rows.join, "another", Part(Role.GATEWAY), 20)
    with pytest.raises(OtherPicturesError):
        prepare_ours(database, other, LEASE)
    prepare_ours(database, store, LEASE)


def test_a_store_that_was_copied_without_its_mark_is_known_by_its_pictures(database, store, other):
    prepare_ours(database, store, LEASE)
    named(database, store)
    named(database, store, b"lost since")
    other.prepare()
    other.put(b"a picture")
    prepare_ours(database, other, LEASE)
    assert other.read_mark() == store.read_mark()


def test_with_the_mark_that_the_refusal_names_a_new_place_is_taken(database, store, other):
    prepare_ours(database, store, LEASE)
    named(database, store)
    other.prepare()
    (other.folder / "store.id").write_text(f"{store.read_mark()}\r\n")
    prepare_ours(database, other, LEASE)


def test_after_a_restore_the_pictures_are_taken_that_the_operator_has_chosen(database, store, other):
    prepare_ours(database, store, LEASE)
    named(database, store)
    database.transaction_now(mark.forget)
    prepare_ours(database, other, LEASE)
    assert database.transaction_now(mark.read_known) == other.read_mark()


async def test_the_mark_is_no_picture(database, store, other, clock):
    await asyncio.to_thread(prepare_ours, database, store, LEASE)
    other.prepare()
    assert list(store.entries()) == []
    assert list(store.names_older_than(clock())) == []
    assert move_blobs(store, other, delete=False).copied == 0
