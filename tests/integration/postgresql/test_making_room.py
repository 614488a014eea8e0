"""Making room of what was deleted runs outside of transactions. Those that come after it are whole again."""

from contextlib import closing

import pytest

from bot.storage.engine.database import Database
from bot.storage.engine.databases.postgresql import WRITERS, PostgresqlThreads
from bot.storage.engine.databases.work_queue import Work
from bot.storage.remixes import jobs
from tests.integration.made_storage import add_job

SOON_S = 20


def test_a_function_that_fails_after_it_stores_nothing(url):
    def fail(connection):
        add_job(connection)
        raise LookupError

    with closing(Database(url)) as database:
        for _ in range(2 * WRITERS):
            database.compact_now()
        for _ in range(2 * WRITERS):
            with pytest.raises(LookupError):
                database.transaction_now(fail)
        assert database.transaction_now(jobs.find, 1) is None


def test_it_may_take_longer_than_a_transaction(url):
    # 0.3 s stand for the thirty after which a transaction is cut off: a large database takes minutes.
    def slow(connection):
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("SELECT pg_sleep(0.6)")
        return True

    with closing(PostgresqlThreads(url, longest_s=0.3)) as threads:
        work = Work(slow, alone=True)
        threads.submit(work)
        assert work.done.result(SOON_S)
