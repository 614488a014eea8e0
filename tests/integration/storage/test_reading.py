"""Functions that only read: they may not write, and on PostgreSQL they wait for no writer."""

import pytest
import sqlalchemy as sa

from bot.storage.engine.database import WroteError
from bot.storage.engine.tables.remixes import jobs
from tests.integration.made_storage import add_job


def count(connection):
    return connection.scalar(sa.select(sa.func.count()).select_from(jobs))


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
