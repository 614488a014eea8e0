"""The database file is locked by somebody else, or read-only: people are told, and nothing accepted is lost."""

import asyncio
import sqlite3
from contextlib import closing

import pytest
import sqlalchemy as sa

from bot.rules.job_states import JobState
from bot.rules.refusals import Reason, Refused
from bot.storage.engine.database import Database, DatabaseUnavailableError
from bot.storage.remixes import claims
from bot.use_cases.remixes.recover_jobs import recover_jobs
from tests.integration.made_bot import Bot
from tests.integration.made_storage import sqlite_engine


@pytest.fixture
def locked_by_somebody(database, database_file):
    """From the call on, and until the connection that it returns is closed. The writer waits for no time."""
    sa.event.listen(
        sqlite_engine(database), "begin", lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout=0")
    )
    with closing(sqlite3.connect(database_file, isolation_level=None)) as other:

        def lock():
            other.execute("BEGIN IMMEDIATE")
            return other

        yield lock


async def test_while_the_file_is_locked_new_ones_are_refused_and_what_is_paid_is_written_down_afterwards(
    bot, locked_by_somebody
):
    """Takes a second: that is how long it waits before it tries again."""
    waiting, running = await bot.remix(2), await bot.remix(1)
    (held,) = [job for job in await bot.do(claims.claim_queued, bot.lease, 2, bot.clock()) if job.id == running.id]
    prepared = await bot.remixes.generate.prepare(held)
    held = await bot.remixes.generate.begin(held)
    answer = await bot.remixes.generate.ask(prepared)
    other = locked_by_somebody()
    writing_down = asyncio.create_task(bot.remixes.generate.record_answer(held, answer))
    assert await bot.ask(3) == Refused(Reason.DISK_FULL)
    with pytest.raises(DatabaseUnavailableError):
        await bot.job(running.id)
    other.execute("COMMIT")
    await writing_down
    assert (await bot.job(running.id)).state is JobState.GENERATED
    assert await bot.money(running.id) == ("settled", 30_000)
    again = await bot.start_again()
    async with again.working():
        await again.heard.until(lambda: again.has_delivered(waiting, running))
    assert (bot.calls, bot.paid_calls) == (2, 2)


async def test_on_a_read_only_file_a_start_fails_people_are_refused_and_nothing_is_asked_for(bot, database_file):
    job = await bot.remix()
    with closing(Database(f"sqlite:///file:{database_file}?mode=ro&uri=true")) as read_only:
        stuck = Bot(read_only, bot.blobs, bot.ideogram, bot.stand_in, bot.clock)
        with pytest.raises(DatabaseUnavailableError, match="readonly"):
            await recover_jobs(stuck.core, stuck.rules)
        assert await stuck.ask(2) == Refused(Reason.DISK_FULL)
    assert bot.calls == 0
    await bot.work(job.id)
    assert (await bot.job(job.id)).state is JobState.DELIVERED
