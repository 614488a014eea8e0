"""A COMMIT that fails may have been stored all the same: the database says which, or the outcome is unknown."""

import asyncio
import sqlite3
from contextlib import closing

import pytest
import sqlalchemy as sa

from bot.storage.engine import synced_commands
from bot.storage.engine.database import Database, DatabaseUnavailableError, OutcomeUnknownError
from bot.storage.engine.databases import sqlite as engine
from bot.storage.engine.synced_commands import Synced
from tests.integration.made_storage import sqlite_engine


class Disk:
    """Lets the next COMMITs fail: with `stores`, after they have been stored. Then lets no transaction begin."""

    def __init__(self, database: Database) -> None:
        self.failures, self.stores, self.refusals = 0, False, 0
        self.error: type[Exception] = sqlite3.OperationalError
        sa.event.listen(sqlite_engine(database), "commit", self._commit)
        sa.event.listen(sqlite_engine(database), "begin", self._begin)

    def _commit(self, connection: sa.Connection) -> None:
        if self.failures:
            self.failures -= 1
            if self.stores:
                connection.connection.driver_connection.execute("COMMIT")
            raise self.error("disk I/O error")

    def _begin(self, _connection: sa.Connection) -> None:
        if self.refusals and not self.failures:
            self.refusals -= 1
            raise sqlite3.OperationalError("unable to open database file")


class FullError(sqlite3.OperationalError):
    """As the driver raises it."""

    sqlite_errorcode = sqlite3.SQLITE_FULL


@pytest.fixture
def disk(database):
    return Disk(database)


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch):
    monkeypatch.setattr(engine, "_LOOK_AFTER_S", (0.0, 0.0, 0.0))


def put(connection, scope):
    synced_commands.write(connection, scope, Synced("x"))
    return scope


def stored(path):
    with closing(sqlite3.connect(path)) as reader:
        return {scope for (scope,) in reader.execute("SELECT scope FROM synced_commands")}


async def test_what_was_stored_by_a_commit_that_failed_is_a_success(database, database_file, disk):
    disk.failures, disk.stores = 1, True
    assert await asyncio.gather(*(database.transaction(put, name) for name in "ab")) == ["a", "b"]
    assert stored(database_file) == {"a", "b"}
    assert await database.transaction(put, "c") == "c"


async def test_what_was_not_stored_is_a_plain_failure(database, database_file, disk):
    disk.failures = 1
    with pytest.raises(DatabaseUnavailableError, match="nothing was stored") as raised:
        await database.transaction(put, "a")
    assert not isinstance(raised.value, OutcomeUnknownError)
    assert stored(database_file) == set()
    await database.transaction(put, "b")
    assert stored(database_file) == {"b"}


@pytest.mark.parametrize("stores", [False, True])
async def test_if_the_database_cannot_be_asked_the_outcome_is_unknown(database, database_file, disk, stores):
    disk.failures, disk.stores, disk.refusals = 1, stores, 3
    with pytest.raises(OutcomeUnknownError):
        await database.transaction(put, "a")
    assert stored(database_file) == ({"a"} if stores else set())
    await database.transaction(put, "b")
    assert stored(database_file) == ({"a", "b"} if stores else {"b"})


async def test_a_full_disk_has_stored_nothing_and_is_not_asked(database, disk):
    disk.failures, disk.refusals, disk.error = 1, 1, FullError
    with pytest.raises(DatabaseUnavailableError) as raised:
        await database.transaction(put, "a")
    assert not isinstance(raised.value, OutcomeUnknownError)
    assert disk.refusals == 1


async def test_a_failed_read_is_no_unknown_outcome(database, disk):
    disk.failures, disk.refusals = 1, 3
    with pytest.raises(DatabaseUnavailableError) as raised:
        await database.transaction(synced_commands.read)
    assert not isinstance(raised.value, OutcomeUnknownError)


async def test_the_mark_of_an_earlier_process_is_not_taken_for_ours(url, database_file):
    with closing(Database(url)) as earlier:
        await earlier.transaction(put, "a")
    with closing(Database(url)) as database:
        Disk(database).failures = 1
        with pytest.raises(DatabaseUnavailableError):
            await database.transaction(put, "b")
    assert stored(database_file) == {"a"}
