"""Reading a database that a bot writes, beside it or in it: it sees what is committed, and changes nothing."""

from contextlib import closing

import pytest
import sqlalchemy as sa

from bot.storage.engine.database import Database, DatabaseUnavailableError, WroteError
from bot.storage.engine.read_only import read_snapshot
from bot.storage.engine.tables.remixes import jobs
from tests.integration.made_storage import add_job


def count(connection):
    return connection.scalar(sa.select(sa.func.count()).select_from(jobs))


def test_it_sees_what_was_committed_while_the_writer_goes_on(url, database):
    database.transaction_now(add_job)
    assert read_snapshot(url, count) == 1
    database.transaction_now(add_job)
    assert read_snapshot(url, count) == 2


def test_it_can_write_nothing(url, database):
    database.transaction_now(add_job)
    with pytest.raises(DatabaseUnavailableError):
        read_snapshot(url, lambda connection: connection.execute(sa.delete(jobs)))
    with pytest.raises(DatabaseUnavailableError):
        read_snapshot(url, add_job)
    assert read_snapshot(url, count) == 1


def test_it_works_where_nobody_writes_and_a_bot_starts_after_it(url, database_file):
    before = database_file.read_bytes()
    assert read_snapshot(url, count) == 0
    assert database_file.read_bytes() == before
    with closing(Database(url)) as opened:
        opened.transaction_now(add_job)
    assert read_snapshot(url, count) == 1


def test_where_there_is_no_database_none_is_made(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_snapshot(f"sqlite:///{tmp_path / 'none.db'}", count)
    assert list(tmp_path.glob("none.db*")) == []


def test_what_is_no_database_is_told(tmp_path):
    (tmp_path / "notes.db").write_bytes(b"shopping list" * 100)
    with pytest.raises(DatabaseUnavailableError):
        read_snapshot(f"sqlite:///{tmp_path / 'notes.db'}", count)


async def test_it_sees_what_was_stored_before(database):
    await database.transaction(add_job)
    assert await database.read(count) == 1


async def test_one_that_writes_after_all_fails_and_nothing_is_stored(database):
    with pytest.raises(WroteError):
        await database.read(add_job)
    assert await database.read(count) == 0
    await database.transaction(add_job)
    assert await database.read(count) == 1


async def test_its_own_error_is_raised(database):
    with pytest.raises(LookupError):
        await database.read(lambda _connection: {}["missing"])
    assert await database.read(count) == 0


async def test_no_read_tells_whether_the_disk_is_full(database):
    database._runner.write_error = "the disk is full"
    await database.read(count)
    assert database.write_error == "the disk is full"
    await database.transaction(add_job)
    assert database.write_error is None
