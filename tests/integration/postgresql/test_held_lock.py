"""One process owns a database of a server: a second one is refused, and one that has lost it stores nothing."""

import threading
from contextlib import closing

import psycopg
import pytest
import sqlalchemy as sa

from bot.storage.engine.database import Database, DatabaseAwayError
from bot.storage.engine.databases.postgresql import PROCESS_LOCK
from bot.storage.engine.databases.process_lock import DatabaseInUseError, process_lock
from bot.storage.engine.tables.remixes import jobs
from tests.integration.made_storage import add_job

SOON_S = 30


@pytest.fixture
def opened(url):
    """The lock, and a database that asks for it."""
    with process_lock(url) as lock, closing(Database(url, lock)) as database:
        yield lock, database


def stored(database):
    return database.transaction_now(lambda connection: connection.scalar(sa.select(sa.func.count()).select_from(jobs)))


def test_a_second_holder_is_refused_in_words_that_name_the_database_and_later_let_in(url):
    refused = pytest.raises(DatabaseInUseError, match="running on postgresql:///test")
    with process_lock(url), refused, process_lock(url):
        pytest.fail("let in twice")
    with process_lock(url):
        pass


def test_two_databases_of_a_server_have_two_locks(url, postgresql):
    with process_lock(url), process_lock(postgresql.url(postgresql.create())):
        pass


def test_a_lock_whose_connection_was_ended_is_taken_again_before_anything_is_stored(opened, postgresql):
    lock, database = opened
    database.transaction_now(add_job)
    before = lock.held_by
    postgresql.run(f"SELECT pg_terminate_backend({before})")
    database.transaction_now(add_job)
    assert lock.held_by not in {None, before}
    assert stored(database) == 2


def test_after_a_crash_of_the_server_the_next_transaction_is_stored(opened, postgresql):
    _, database = opened
    database.transaction_now(add_job)
    postgresql.restart()
    database.transaction_now(add_job)
    assert stored(database) == 2


def test_a_process_whose_database_another_has_taken_stores_nothing_and_learns_of_it(opened, url, postgresql):
    lock, database = opened
    database.transaction_now(add_job)
    with psycopg.connect(url, autocommit=True) as other:
        # It waits in the line for the lock, so it has it before the first one can take it again.
        waiting = threading.Thread(target=other.execute, args=(f"SELECT pg_advisory_lock({PROCESS_LOCK})",))
        waiting.start()
        until_somebody_waits(postgresql)
        postgresql.run(f"SELECT pg_terminate_backend({lock.held_by})")
        waiting.join()
        with pytest.raises(DatabaseAwayError, match="nothing was stored"):
            database.transaction_now(add_job)
        with pytest.raises(DatabaseInUseError):
            lock.taken.result(SOON_S)
        with pytest.raises(DatabaseAwayError):
            database.transaction_now(add_job)
    with closing(Database(url)) as seen:
        assert stored(seen) == 1


def until_somebody_waits(postgresql):
    with psycopg.connect(postgresql.url("postgres"), autocommit=True) as looking:
        while not looking.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").fetchone():
            pass


def test_an_earlier_connection_of_its_own_that_the_server_still_knows_is_no_other_process(opened, url, postgresql):
    lock, database = opened
    # As after a pause of the network: the client has given up a connection that the server still takes for alive.
    with psycopg.connect(url, autocommit=True) as alive:
        pid = alive.info.backend_pid
        waiting = threading.Thread(target=alive.execute, args=(f"SELECT pg_advisory_lock({PROCESS_LOCK})",))
        waiting.start()
        until_somebody_waits(postgresql)
        ended, lock._last_held_by = lock.held_by, pid
        postgresql.run(f"SELECT pg_terminate_backend({ended})")
        waiting.join()
        while lock.held_by in {None, ended}:
            pass
    assert not lock.taken.done()
    database.transaction_now(add_job)
