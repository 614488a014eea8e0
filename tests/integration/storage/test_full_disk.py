"""A disk that is full in the middle of a batch: everybody in it is told, and later work goes on."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from typing import Self

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.engine import synced_commands
from bot.storage.engine.database import Database, DatabaseUnavailableError
from bot.storage.engine.synced_commands import Synced
from tests.integration.made_storage import sqlite_engine

pytestmark = pytest.mark.sqlite_only  # it makes SQLite short of pages

PROMPT = "a secret prompt " * 4000


class Disk:
    """The pages that the file may have, on each connection: as if the disk ended there."""

    def __init__(self, database: Database) -> None:
        self._pages: int | None = None
        sa.event.listen(sqlite_engine(database), "connect", lambda driver, _record: self._set(driver))
        sa.event.listen(sqlite_engine(database), "begin", lambda connection: self._set(connection.connection))

    def fill(self) -> None:
        self._pages = 1

    def empty(self) -> None:
        self._pages = None

    def _set(self, driver: sqlite3.Connection) -> None:
        cursor = driver.cursor()
        cursor.execute(f"PRAGMA max_page_count={self._pages or 1_000_000}")
        cursor.close()


@pytest.fixture
def disk(database: Database) -> Disk:
    return Disk(database)


class Gate:
    """Holds the writer thread until it is opened, so that what is asked for meanwhile becomes one batch."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._open = threading.Event()

    def __enter__(self) -> Self:
        self._database._submit(lambda _connection: self._open.wait())
        return self

    def __exit__(self, *_error: object) -> None:
        self._open.set()


def put(connection: Connection, scope: str, text: str = "x") -> None:
    synced_commands.write(connection, scope, Synced(text))


def scopes(connection: Connection) -> list[str]:
    return list(connection.scalars(sa.text("SELECT scope FROM synced_commands ORDER BY scope")))


@pytest.fixture
def filled(database: Database, disk: Disk) -> Iterator[Disk]:
    database.transaction_now(put, "before")
    disk.fill()
    yield disk
    disk.empty()


async def test_everybody_in_the_batch_is_told_and_nothing_of_it_is_stored(database, filled):
    with Gate(database):
        asked = [asyncio.ensure_future(database.transaction(put, str(n), PROMPT)) for n in range(5)]
        await asyncio.sleep(0)
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {DatabaseUnavailableError}
    assert {str(outcome) for outcome in outcomes} == {
        "nothing was stored: the database rolled back the whole transaction"
    }
    filled.empty()
    assert await database.transaction(scopes) == ["before"]
    await database.transaction(put, "after", PROMPT)
    assert await database.transaction(scopes) == ["after", "before"]


@pytest.mark.usefixtures("filled")
async def test_those_who_had_succeeded_in_the_same_batch_are_told_too(database):
    with Gate(database):
        small = asyncio.ensure_future(database.transaction(put, "small"))
        large = asyncio.ensure_future(database.transaction(put, "large", PROMPT))
        await asyncio.sleep(0)
    outcomes = await asyncio.gather(small, large, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [DatabaseUnavailableError] * 2
    assert "small" not in await database.transaction(scopes)


@pytest.mark.usefixtures("filled")
async def test_what_is_told_names_neither_the_statement_nor_what_was_to_be_stored(database):
    with pytest.raises(DatabaseUnavailableError) as told:
        await database.transaction(put, "large", PROMPT)
    assert "secret" not in str(told.value)
    assert "INSERT" not in str(told.value)


async def test_a_caller_that_gave_up_before_a_batch_fails_does_not_end_the_writer(database, filled):
    with Gate(database):
        asked = [asyncio.ensure_future(database.transaction(put, str(n), PROMPT)) for n in range(3)]
        await asyncio.sleep(0)
        asked[0].cancel()
        await asyncio.sleep(0)
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes[1:]] == [DatabaseUnavailableError] * 2
    filled.empty()
    await database.transaction(put, "after", PROMPT)
