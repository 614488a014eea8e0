"""Readers on PostgreSQL: they wait for no writer, see one moment, and outlive their connection."""

import asyncio
import threading
from contextlib import closing

import pytest
import sqlalchemy as sa

from bot.storage.engine.database import Database
from bot.storage.engine.databases.postgresql import READERS
from bot.storage.engine.tables.remixes import jobs
from tests.integration.made_storage import add_job

SOON_S = 20


@pytest.fixture
def database(url):
    with closing(Database(url)) as opened:
        yield opened


def count(connection):
    return connection.scalar(sa.select(sa.func.count()).select_from(jobs))


async def test_a_reader_does_not_wait_for_a_writer_nor_sees_what_it_has_not_committed(database):
    written, may_commit = threading.Event(), threading.Event()

    def write(connection):
        add_job(connection)
        written.set()
        assert may_commit.wait(SOON_S)

    # As many as there are threads that write, so that none is left.
    writing = [asyncio.create_task(database.transaction(write)) for _ in range(4)]
    try:
        assert await asyncio.to_thread(written.wait, SOON_S)
        async with asyncio.timeout(SOON_S):
            assert await database.read(count) == 0
    finally:
        may_commit.set()
        await asyncio.gather(*writing)
    assert await database.read(count) == 4


async def test_all_that_a_reader_sees_is_of_one_moment(database):
    begun, may_go_on = threading.Event(), threading.Event()

    def read_twice(connection):
        first = count(connection)
        begun.set()
        assert may_go_on.wait(SOON_S)
        return first, count(connection)

    reading = asyncio.create_task(database.read(read_twice))
    try:
        assert await asyncio.to_thread(begun.wait, SOON_S)
        async with asyncio.timeout(SOON_S):
            await database.transaction(add_job)
    finally:
        may_go_on.set()
    assert await reading == (0, 0)
    assert await database.read(count) == 1


async def test_after_a_crash_of_the_server_the_next_reader_has_a_new_connection(database, postgresql):
    assert await database.read(count) == 0
    postgresql.restart()
    assert [await database.read(count) for _ in range(4)] == [0] * 4


async def test_long_reads_never_hold_up_the_short_ones_and_are_not_starved_by_them(database):
    begun, may_end = threading.Event(), threading.Event()

    def export(connection):
        begun.set()
        assert may_end.wait(SOON_S)
        return count(connection)

    reading = [asyncio.create_task(database.read_long(export)) for _ in range(READERS + 1)]
    try:
        assert await asyncio.to_thread(begun.wait, SOON_S)
        async with asyncio.timeout(SOON_S):
            assert [await database.read(count) for _ in range(3)] == [0] * 3
        may_end.set()
        async with asyncio.timeout(SOON_S):
            assert await asyncio.gather(*reading) == [0] * len(reading)
    finally:
        may_end.set()
