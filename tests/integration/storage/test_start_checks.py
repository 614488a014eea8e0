"""What a start finds out about the database before it writes: damage, a foreign log, an older copy in its place."""

import shutil
from contextlib import closing

import pytest

from bot.rules.job_states import JobState
from bot.storage.engine.backups.backup import back_up
from bot.storage.engine.backups.check import DatabaseDamagedError, find_damage, require_sound
from bot.storage.engine.backups.newest import DatabaseOlderError, newest_entry, remember_newest, require_newest
from bot.storage.engine.database import Database, DatabaseUnavailableError
from bot.storage.engine.databases.process_lock import process_lock
from bot.storage.engine.tables.remixes import job_events
from tests.integration.made_storage import START, add_job, add_result, walk

PAGE = 4096


def add_many(connection, number=60):
    for user_id in range(number):
        add_result(connection, add_job(connection, user_id), "ab" * 32)


def test_a_sound_database_and_none_at_all_pass_and_nothing_is_made(url, database, tmp_path):
    database.transaction_now(add_many)
    with process_lock(url):
        require_sound(url)
    require_sound(f"sqlite:///{tmp_path / 'none.db'}")
    require_newest(f"sqlite:///{tmp_path / 'none.db'}")
    assert not list(tmp_path.glob("none.db*"))


def test_the_log_of_another_file_is_found_and_is_not_mixed_in(url, database_file, blobs, tmp_path):
    """As it was documented: the file was copied over, and the log that a kill had left stayed."""
    with closing(Database(url)) as database:
        database.transaction_now(add_many)
        back_up(url, blobs, tmp_path / "copy", START)
        database.transaction_now(add_many, 300)
    with closing(Database(url)) as database:
        database.transaction_now(add_many)
        shutil.copyfile(f"{database_file}-wal", tmp_path / "left-wal")
    shutil.copyfile(tmp_path / "copy" / "remix.db", database_file)
    shutil.copyfile(tmp_path / "left-wal", f"{database_file}-wal")
    before = database_file.read_bytes()
    with pytest.raises(DatabaseDamagedError, match="remix-bot restore"):
        require_sound(url)
    assert database_file.read_bytes() == before
    (tmp_path / f"{database_file.name}-wal").unlink()
    (tmp_path / f"{database_file.name}-shm").unlink(missing_ok=True)
    require_sound(url)


def test_an_older_file_with_a_later_log_that_fits_it_is_found_if_it_would_pay_again(
    url, database_file, blobs, tmp_path
):
    """The file did not grow, so SQLite finds nothing wrong: only some pages are older than the rest."""
    with closing(Database(url)) as database:
        job = database.transaction_now(add_job)
        back_up(url, blobs, tmp_path / "copy", START)
        database.transaction_now(walk, job, JobState.CANCELLED)
    with closing(Database(url)) as database:
        # The page with its last event is in the log, and the one with its state is not.
        last = {"job_id": job.id, "at": START, "from_state": "cancelled", "to_state": "cancelled", "cause": "test"}
        database.transaction_now(lambda connection: connection.execute(job_events.insert().values(last)))
        shutil.copyfile(f"{database_file}-wal", tmp_path / "left-wal")
    shutil.copyfile(tmp_path / "copy" / "remix.db", database_file)
    shutil.copyfile(tmp_path / "left-wal", f"{database_file}-wal")
    with pytest.raises(
        DatabaseDamagedError, match=f"remix {job.id} is queued, but its last event is cancelled.*restore"
    ):
        require_sound(url)


@pytest.mark.parametrize("page", [1, 5])
def test_a_damaged_page_is_found(url, database_file, page):
    with closing(Database(url)) as database:
        database.transaction_now(add_many)
    with database_file.open("r+b") as file:
        file.seek(page * PAGE)
        file.write(b"\xff" * PAGE)
    assert find_damage(database_file) is not None


def test_what_is_no_database_is_damaged_and_what_cannot_be_read_is_not(tmp_path):
    (tmp_path / "notes.db").write_bytes(b"shopping list" * 100)
    assert find_damage(tmp_path / "notes.db") is not None
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(DatabaseUnavailableError):
        find_damage(tmp_path / "folder.db")


def test_an_older_copy_in_its_place_is_noticed(url, database_file, blobs, tmp_path):
    with closing(Database(url)) as database:
        database.transaction_now(add_many)
        back_up(url, blobs, tmp_path / "copy", START)
        remember_newest(url, database.transaction_now(newest_entry))
        require_newest(url)
        database.transaction_now(add_job)
        remember_newest(url, database.transaction_now(newest_entry))
        # One that was read before another was written changes nothing.
        remember_newest(url, 3)
    shutil.copyfile(tmp_path / "copy" / "remix.db", database_file)
    with pytest.raises(DatabaseOlderError, match=r"ends at entry 60, and the bot has written 61.*--in-place"):
        require_newest(url)
    database_file.unlink()
    with pytest.raises(DatabaseOlderError, match="start with an empty database"):
        require_newest(url)
