"""Transactions are plain functions: together in one commit, each undone alone, nobody answered before the disk is."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.engine import synced_commands
from bot.storage.engine.database import Database, DatabaseUnavailableError
from bot.storage.engine.synced_commands import Synced
from bot.storage.remixes import jobs
from tests.integration.made_storage import START, add_job, new_job, sqlite_engine


def put(connection: Connection, scope: str, text: str = "x") -> None:
    synced_commands.write(connection, scope, Synced(text))


def put_and_fail(connection: Connection, scope: str) -> None:
    put(connection, scope)
    raise KeyError(scope)


def count(connection: Connection) -> int:
    return connection.scalar(sa.text("SELECT count(*) FROM synced_commands")) or 0


def stored(path: Path) -> set[str]:
    """As another process sees it: what is committed."""
    with sqlite3.connect(path) as reader:
        found = {row[0] for row in reader.execute("SELECT scope FROM synced_commands")}
    reader.close()
    return found


async def test_one_that_fails_is_undone_alone_and_its_error_is_its_callers(database, database_file):
    outcomes = await asyncio.gather(
        database.transaction(put, "one"),
        database.transaction(put_and_fail, "two"),
        database.transaction(put, "three"),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), KeyError, type(None)]
    assert stored(database_file) == {"one", "three"}


@pytest.mark.sqlite_only  # PostgreSQL does not give the number of an undone row again
async def test_a_statement_that_the_database_refuses_is_undone_alone_too(database):
    first = await database.transaction(jobs.add, new_job(interaction_id=5), START)
    outcomes = await asyncio.gather(
        database.transaction(jobs.add, new_job(interaction_id=6), START),
        database.transaction(jobs.add, new_job(interaction_id=5), START),
        database.transaction(jobs.add, new_job(interaction_id=7), START),
        return_exceptions=True,
    )
    assert isinstance(outcomes[1], sa.exc.IntegrityError)
    assert [outcome.id for outcome in (outcomes[0], outcomes[2])] == [first.id + 1, first.id + 2]


@pytest.mark.sqlite_only  # its one writer, its pragmas
async def test_each_sees_what_was_asked_before_it(database):
    async def add(n: int) -> int:
        def work(connection: Connection) -> int:
            put(connection, str(n))
            return count(connection)

        return await database.transaction(work)

    assert await asyncio.gather(*(add(n) for n in range(20))) == list(range(1, 21))


async def test_two_hundred_at_once_are_all_stored_with_few_commits(database, database_file):
    commits = []
    sa.event.listen(sqlite_engine(database), "commit", lambda _connection: commits.append(1))
    added = await asyncio.gather(*(database.transaction(add_job, user_id) for user_id in range(200)))
    assert len({job.id for job in added}) == 200
    assert len(commits) < 20
    with sqlite3.connect(database_file) as reader:
        assert reader.execute("SELECT count(*) FROM jobs").fetchone() == (200,)
    reader.close()


async def test_whoever_is_answered_is_on_disk(database, database_file):
    for n in range(5):
        await database.transaction(put, str(n))
        assert str(n) in stored(database_file)


@pytest.mark.sqlite_only  # its one writer, its pragmas
async def test_the_connection_waits_for_the_disk_and_keeps_foreign_keys(database):
    def pragmas(connection: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    full = 2
    assert await database.transaction(pragmas) == ["wal", full, 1]


async def test_a_caller_that_gives_up_stops_nobody_else(database, database_file):
    giving_up = asyncio.ensure_future(database.transaction(put, "one"))
    await asyncio.sleep(0)
    giving_up.cancel()
    await database.transaction(put, "two")
    assert "two" in stored(database_file)
    with pytest.raises(asyncio.CancelledError):
        await giving_up


async def test_a_closed_database_refuses_and_what_waited_before_is_stored(url, database_file):
    database = Database(url)
    waiting = asyncio.gather(*(database.transaction(put, str(n)) for n in range(50)))
    await asyncio.sleep(0)
    await asyncio.to_thread(database.close)
    await waiting
    assert len(stored(database_file)) == 50
    with pytest.raises(DatabaseUnavailableError):
        await database.transaction(put, "late")
    database.close()


async def test_a_database_that_cannot_be_opened_is_unavailable(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}")
    with pytest.raises(DatabaseUnavailableError):
        await database.transaction(put, "one")
    await asyncio.to_thread(database.close)


def test_synchronous_code_gets_results_and_errors_too(database):
    database.transaction_now(put, "one")
    assert database.transaction_now(count) == 1
    with pytest.raises(KeyError):
        database.transaction_now(put_and_fail, "two")


async def test_what_an_api_slot_waits_for_goes_before_all_that_waits(database, database_file):
    held, go_on = threading.Event(), threading.Event()

    def hold(_connection: Connection) -> None:
        held.set()
        go_on.wait(10)

    blocking = asyncio.ensure_future(database.transaction(hold))
    others = [asyncio.ensure_future(database.transaction(put, str(n))) for n in range(3)]
    await asyncio.to_thread(held.wait, 10)
    first = asyncio.ensure_future(database.transaction_first(count))
    await asyncio.sleep(0)
    go_on.set()
    assert await first == 0
    await asyncio.gather(blocking, *others)
    assert stored(database_file) == {"0", "1", "2"}
