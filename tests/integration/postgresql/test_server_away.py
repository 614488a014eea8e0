"""The server is stopped, or one of its processes hangs: people are asked to try again, and nothing accepted is lost."""

import asyncio
import os
import signal
from contextlib import closing, contextmanager, suppress

import pytest
import sqlalchemy as sa

from bot.rules.job_states import JobState
from bot.rules.refusals import Reason, Refused
from bot.storage.engine.database import DatabaseAwayError, DatabaseUnavailableError, OutcomeUnknownError
from bot.storage.engine.databases.postgresql import WRITERS, PostgresqlThreads
from bot.storage.engine.databases.work_queue import Work
from bot.storage.remixes import claims
from tests.integration.made_bot import asker
from tests.integration.made_storage import add_job

SOON_S = 20


@contextmanager
def stopped(postgresql):
    postgresql.stop()
    try:
        yield
    finally:
        postgresql.start()


async def test_while_the_server_is_away_people_are_asked_to_try_again_and_what_is_paid_is_written_down_afterwards(
    bot, postgresql
):
    waiting, running = await bot.remix(2), await bot.remix(1)
    (held,) = [job for job in await bot.do(claims.claim_queued, bot.lease, 2, bot.clock()) if job.id == running.id]
    prepared = await bot.remixes.generate.prepare(held)
    held = await bot.remixes.generate.begin(held)
    answer = await bot.remixes.generate.ask(prepared)
    with stopped(postgresql):
        writing_down = asyncio.create_task(bot.remixes.generate.record_answer(held, answer))
        assert await bot.ask(3) == Refused(Reason.DATABASE_AWAY)
        assert (await bot.submit.look(asker(3), None)).refused == Refused(Reason.DATABASE_AWAY)
        with pytest.raises(DatabaseAwayError):
            await bot.job(running.id)
        # Otherwise the operator would read that the disk is full.
        assert bot.database.write_error is None
    await writing_down
    assert (await bot.job(running.id)).state is JobState.GENERATED
    assert await bot.money(running.id) == ("settled", 30_000)
    again = await bot.start_again()
    async with again.working():
        await again.heard.until(lambda: again.has_delivered(waiting, running))
    assert (bot.calls, bot.paid_calls) == (2, 2)


async def test_the_worker_goes_on_by_itself_when_the_server_is_back(bot, postgresql):
    async with bot.working():
        first = await bot.remix(1)
        await bot.heard.until(lambda: bot.has_delivered(first))
        with stopped(postgresql):
            assert await bot.ask(2) == Refused(Reason.DATABASE_AWAY)
        second = await bot.remix(2)
        await bot.heard.until(lambda: bot.has_delivered(second))
    assert (bot.calls, bot.paid_calls) == (2, 2)


def test_a_server_process_that_hangs_is_given_up_and_the_others_go_on(url):
    with closing(PostgresqlThreads(url, longest_s=1.0)) as threads:
        stuck = []

        def hang(connection):
            stuck.append(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
            os.kill(stuck[0], signal.SIGSTOP)
            add_job(connection)

        try:
            with pytest.raises(DatabaseAwayError):
                run(threads, hang)
            # It still has the lock of all transactions.
            with pytest.raises(DatabaseUnavailableError):
                run(threads, add_job)
        finally:
            os.kill(stuck[0], signal.SIGCONT)
        assert until_stored(threads).id == 1


def test_after_a_crash_of_the_server_the_next_transaction_is_stored(url, postgresql):
    with closing(PostgresqlThreads(url)) as threads:
        run(threads, add_job)
        postgresql.restart()
        assert run(threads, add_job).id > 1


def run(threads, function):
    work = Work(function)
    threads.submit(work)
    return work.done.result(SOON_S)


def until_stored(threads):
    while True:
        try:
            return run(threads, add_job)
        except DatabaseUnavailableError:
            continue


def test_an_error_that_nobody_thought_of_ends_no_thread(url):
    def lose_the_connection(connection):
        # A function that hides that its connection is gone lets the COMMIT fail in SQLAlchemy, not in the driver.
        with suppress(sa.exc.DBAPIError):
            connection.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with closing(PostgresqlThreads(url)) as threads:
        for _ in range(WRITERS):
            work = Work(lose_the_connection)
            threads.submit(work)
            with pytest.raises(OutcomeUnknownError):
                work.done.result(SOON_S)
        after = Work(add_job)
        threads.submit(after)
        assert after.done.result(SOON_S).id == 1
