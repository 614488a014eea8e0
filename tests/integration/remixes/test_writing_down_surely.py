"""What was paid is written down even if the disk is full just then: it is tried until the database takes it."""

import sqlite3

import pytest
import sqlalchemy as sa

from bot.rules.job_states import JobState
from bot.storage.remixes import claims
from tests.integration.made_storage import START, sqlite_engine


class FullDisk:
    """Lets no transaction begin, as many times as `refusals` says."""

    def __init__(self, database):
        self.refusals = 0
        sa.event.listen(sqlite_engine(database), "begin", self._begin)

    def _begin(self, _connection):
        if self.refusals:
            self.refusals -= 1
            raise sqlite3.OperationalError("database or disk is full")


@pytest.fixture
async def asked(bot):
    """A job whose paid answer has come and is not on record yet."""
    await bot.remix()
    (held,) = await bot.do(claims.claim_queued, bot.lease, 1, START)
    prepared = await bot.remixes.generate.prepare(held)
    held = await bot.remixes.generate.begin(held)
    return held, await bot.remixes.generate.ask(prepared)


@pytest.mark.sqlite_only  # it fills the disk under SQLite
async def test_a_paid_answer_is_on_record_once_the_disk_has_room_again(bot, asked):
    """Takes a second: that is how long it waits before it tries again."""
    job, answer = asked
    disk = FullDisk(bot.database)
    disk.refusals = 1
    await bot.remixes.generate.record_answer(job, answer)
    assert disk.refusals == 0
    assert (await bot.job(job.id)).state is JobState.GENERATED
    assert await bot.money(job.id) == ("settled", 30_000)
    assert len(await bot.results(job.id)) == 1
