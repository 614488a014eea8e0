"""A copy taken at any moment is whole: the rows of one moment, and every picture that they name.

Nothing but a whole copy has the name of a backup.
"""

import asyncio
import errno
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from filelock import FileLock

from bot import __version__
from bot.storage.engine.backups.backup import BackedUp, back_up
from bot.storage.engine.backups.manifest import NoManifestError, read_manifest, sha256_of
from bot.storage.engine.blobs.files import FileBlobs
from bot.storage.engine.database import Database, DatabaseUnavailableError
from bot.storage.engine.databases.process_lock import process_lock
from bot.storage.engine.last_backup import LastBackup, read_last_backup
from bot.storage.remixes import jobs, retention
from tests.integration.made_storage import START, add_job, add_result

pytestmark = pytest.mark.sqlite_only  # PostgreSQL has pg_dump


def add_whole(connection, user_id, source, made):
    job = add_job(connection, user_id, source_hash=source)
    add_result(connection, job, made)
    return job


def test_a_copy_has_the_rows_and_the_pictures_that_they_name_and_no_others(url, database, blobs, tmp_path):
    source, made, unnamed = (blobs.put(data) for data in (b"source", b"made", b"unnamed"))
    job = database.transaction_now(add_whole, 1, source, made)
    with process_lock(url):
        assert back_up(url, blobs, tmp_path / "copy", START) == BackedUp(pictures=2, missing=0)
    with closing(Database(f"sqlite:///{tmp_path / 'copy' / 'remix.db'}")) as copy:
        assert copy.transaction_now(jobs.get, job.id) == job
    copied = FileBlobs(tmp_path / "copy" / "blobs")
    assert (copied.get(source), copied.get(made)) == (b"source", b"made")
    assert not copied.path(unnamed).exists()


def test_pictures_that_are_missing_are_counted_and_forgotten_ones_are_not(url, database, blobs, tmp_path):
    made = blobs.put(b"made")
    job = database.transaction_now(add_whole, 1, "aa" * 32, made)
    assert back_up(url, blobs, tmp_path / "one", START) == BackedUp(pictures=1, missing=1)
    database.transaction_now(retention.forget_job, job.id)
    assert back_up(url, blobs, tmp_path / "two", START) == BackedUp(pictures=0, missing=0)


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
        done = await asyncio.to_thread(back_up, url, blobs, tmp_path / f"copy {n}", START)
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
        back_up(url, blobs, tmp_path / "copy", START)


def test_without_a_database_nothing_is_made(blobs, tmp_path):
    with pytest.raises(FileNotFoundError):
        back_up(f"sqlite:///{tmp_path / 'none.db'}", blobs, tmp_path / "copy", START)
    assert not (tmp_path / "copy").exists()
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("content", [b"", b"shopping list" * 100])
def test_what_is_no_database_of_ours_is_refused_in_words(blobs, tmp_path, content):
    (tmp_path / "notes.db").write_bytes(content)
    with pytest.raises(DatabaseUnavailableError):
        back_up(f"sqlite:///{tmp_path / 'notes.db'}", blobs, tmp_path / "copy", START)
    assert list(tmp_path.glob("copy*")) == []


def test_the_manifest_says_what_is_in_it_and_the_last_backup_is_remembered(
    url, database, database_file, blobs, tmp_path
):
    source, made = blobs.put(b"source"), blobs.put(b"made")
    database.transaction_now(add_whole, 1, source, made)
    database.transaction_now(add_job, 2, source_hash="aa" * 32)
    back_up(url, blobs, tmp_path / "copy", START)
    copy, manifest = tmp_path / "copy" / "remix.db", read_manifest(tmp_path / "copy")
    assert (manifest.at, manifest.version, manifest.origin) == (START, __version__, str(database_file))
    assert (manifest.size, manifest.sha256) == (copy.stat().st_size, sha256_of(copy))
    assert (sorted(manifest.pictures), manifest.missing) == (sorted([source, made]), 1)
    assert manifest.counts == {"jobs": 2, "results": 1, "ledger_entries": 2}
    assert sorted(path.name for path in (tmp_path / "copy").iterdir()) == ["blobs", "manifest.json", "remix.db"]
    assert read_last_backup(url) == LastBackup(START, tmp_path / "copy")


def fail_at_the_pictures(monkeypatch):
    def refuse(*_places):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", refuse)


def test_a_backup_that_fails_half_way_leaves_nothing_and_can_be_repeated(url, database, blobs, tmp_path, monkeypatch):
    database.transaction_now(add_whole, 1, blobs.put(b"source"), blobs.put(b"made"))
    with monkeypatch.context() as broken:
        fail_at_the_pictures(broken)
        with pytest.raises(OSError, match="No space left"):
            back_up(url, blobs, tmp_path / "copy", START)
    assert list(tmp_path.glob("copy*")) == []
    assert read_last_backup(url) is None
    assert back_up(url, blobs, tmp_path / "copy", START) == BackedUp(pictures=2, missing=0)


def test_what_a_killed_backup_left_is_no_backup_and_is_written_over(url, database, blobs, tmp_path):
    database.transaction_now(add_whole, 1, blobs.put(b"source"), blobs.put(b"made"))
    left = tmp_path / "copy.part"
    (left / "blobs" / "ab").mkdir(parents=True)
    (left / "blobs" / "ab" / "half").write_bytes(b"x")
    (left / "remix.db").write_bytes(b"half")
    (left / "lock").touch()
    with pytest.raises(NoManifestError):
        read_manifest(left)
    back_up(url, blobs, tmp_path / "copy", START)
    assert_whole(tmp_path / "copy" / "remix.db")
    assert not left.exists()
    assert not (tmp_path / "copy" / "blobs" / "ab" / "half").exists()


def test_a_folder_of_somebody_else_and_one_that_is_being_written_are_left_alone(url, blobs, tmp_path):
    left = tmp_path / "copy.part"
    left.mkdir()
    (left / "my photos").touch()
    with pytest.raises(FileExistsError, match="my photos"):
        back_up(url, blobs, tmp_path / "copy", START)
    (left / "my photos").unlink()
    with FileLock(left / "lock"), pytest.raises(FileExistsError, match="another backup"):
        back_up(url, blobs, tmp_path / "copy", START)


def test_older_backups_of_this_database_are_deleted_and_nothing_else(url, blobs, tmp_path):
    def names():
        return sorted(path.name for path in backups.iterdir())

    backups = tmp_path / "backups"
    for day in range(4):
        back_up(url, blobs, backups / f"day {day}", START + timedelta(days=day))
    kept = ["holiday", "other"]
    (backups / "holiday").mkdir()
    shutil.copytree(backups / "day 0", backups / "other")
    manifest = backups / "other" / "manifest.json"
    manifest.write_text(manifest.read_text().replace("remix.db", "staging.db", 1))
    (backups / "day 0" / "my notes").touch()
    done = back_up(url, blobs, backups / "day 4", START + timedelta(days=4), keep=2)
    assert done.deleted == 3
    # What an operator put into an old backup stays. The rest of it is gone, so it is no backup any more.
    assert names() == ["day 0", "day 3", "day 4", *kept]
    assert [path.name for path in (backups / "day 0").iterdir()] == ["my notes"]
    assert back_up(url, blobs, backups / "day 5", START, keep=1).deleted == 2
    assert names() == ["day 0", "day 5", *kept]


def test_what_killed_backups_left_beside_the_kept_ones_is_deleted_and_nothing_else(url, blobs, tmp_path):
    """The timer's names have the time in them: each kill left a copy of everything, for ever."""
    backups = tmp_path / "backups"
    for name in ("killed.part", "mixed.part", "running.part"):
        (backups / name / "blobs" / "ab").mkdir(parents=True)
        (backups / name / "remix.db").write_bytes(b"half")
        (backups / name / "lock").touch()
    (backups / "mixed.part" / "my notes").touch()
    (backups / "photos.part").mkdir()
    (backups / "photos.part" / "remix.db").touch()
    (backups / "linked.part").symlink_to(backups / "photos.part")
    back_up(url, blobs, backups / "without", START)
    assert (backups / "killed.part").exists()
    with FileLock(backups / "running.part" / "lock"):
        back_up(url, blobs, backups / "day", START, keep=2)
    left = ["day", "linked.part", "mixed.part", "photos.part", "running.part", "without"]
    assert sorted(path.name for path in backups.iterdir()) == left
    assert all((backups / name / "remix.db").exists() for name in left)


def test_a_link_is_not_written_through(url, blobs, tmp_path):
    """Its place can be a folder of the operator, in which everything that has a name of ours would be deleted."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "remix.db").write_bytes(b"mine")
    (tmp_path / "copy.part").symlink_to(other)
    with pytest.raises(FileExistsError, match="is a link"):
        back_up(url, blobs, tmp_path / "copy", START)
    assert (other / "remix.db").read_bytes() == b"mine"
