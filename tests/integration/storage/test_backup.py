"""A copy taken at any moment is whole: the rows of one moment, and every picture that they name."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from bot.storage.engine.backup import BackedUp, back_up
from bot.storage.engine.blobs import BlobStore
from bot.storage.engine.database import Database, DatabaseUnavailableError
from bot.storage.engine.process_lock import process_lock
from bot.storage.remixes import jobs, retention
from tests.integration.made_storage import add_job, add_result


def add_whole(connection, user_id, source, made):
    job = add_job(connection, user_id, source_hash=source)
    add_result(connection, job, made)
    return job


def test_a_copy_has_the_rows_and_the_pictures_that_they_name_and_no_others(url, database, blobs, tmp_path):
    source, made, unnamed = (blobs.put(data) for data in (b"source", b"made", b"unnamed"))
    job = database.transaction_now(add_whole, 1, source, made)
    with process_lock(url):
        assert back_up(url, blobs, tmp_path / "copy") == BackedUp(pictures=2, missing=0)
    with closing(Database(f"sqlite:///{tmp_path / 'copy' / 'remix.db'}")) as copy:
        assert copy.transaction_now(jobs.get, job.id) == job
    copied = BlobStore(tmp_path / "copy" / "blobs")
    assert (copied.get(source), copied.get(made)) == (b"source", b"made")
    assert not copied.path(unnamed).exists()


def test_pictures_that_are_missing_are_counted_and_forgotten_ones_are_not(url, database, blobs, tmp_path):
    made = blobs.put(b"made")
    job = database.transaction_now(add_whole, 1, "aa" * 32, made)
    assert back_up(url, blobs, tmp_path / "one") == BackedUp(pictures=1, missing=1)
    database.transaction_now(retention.forget_job, job.id)
    assert back_up(url, blobs, tmp_path / "two") == BackedUp(pictures=0, missing=0)


async def test_copies_taken_while_the_writer_is_busy_are_whole(url, database, blobs, tmp_path):
    """Each job names pictures that were stored before it: none of them may be missing from any copy."""
    stopping = asyncio.Event()

    async def keep_adding(user_id: int) -> None:
        while not stopping.is_set():
            source, made = (blobs.put(f"{what} {user_id}".encode()) for what in ("source", "made"))
            await database.transaction(add_whole, user_id, source, made)
            user_id += 10

    adding = [asyncio.create_task(keep_adding(n)) for n in range(10)]
    for n in range(4):
        done = await asyncio.to_thread(back_up, url, blobs, tmp_path / f"copy {n}")
        assert done.missing == 0
    stopping.set()
    await asyncio.gather(*adding)
    for n in range(4):
        assert_whole(tmp_path / f"copy {n}" / "remix.db")


def assert_whole(path):
    with closing(sqlite3.connect(path)) as reader:
        assert reader.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert reader.execute("PRAGMA foreign_key_check").fetchall() == []
        counts = [reader.execute(f"SELECT count(*) FROM {name}").fetchone() for name in ("jobs", "results")]  # noqa: S608 - names of our tables
        assert counts[0] == counts[1]


def test_an_existing_folder_is_not_written_into(url, blobs, tmp_path):
    (tmp_path / "copy").mkdir()
    with pytest.raises(FileExistsError):
        back_up(url, blobs, tmp_path / "copy")


def test_without_a_database_nothing_is_made(blobs, tmp_path):
    with pytest.raises(FileNotFoundError):
        back_up(f"sqlite:///{tmp_path / 'none.db'}", blobs, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("content", [b"", b"shopping list" * 100])
def test_what_is_no_database_of_ours_is_refused_in_words(blobs, tmp_path, content):
    (tmp_path / "notes.db").write_bytes(content)
    with pytest.raises(DatabaseUnavailableError):
        back_up(f"sqlite:///{tmp_path / 'notes.db'}", blobs, tmp_path / "copy")
