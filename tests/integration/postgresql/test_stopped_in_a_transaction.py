"""A process that is stopped between two statements holds the lock of all transactions: the server takes it away."""

import threading
from contextlib import closing

import pytest

from bot.storage.engine.database import DatabaseAwayError
from bot.storage.engine.databases.postgresql import PostgresqlThreads
from bot.storage.engine.databases.work_queue import Work
from tests.integration.made_storage import add_job

SOON_S = 20


def test_the_others_go_on_and_nothing_of_it_is_stored(url):
    begun, goes_on = threading.Event(), threading.Event()

    def stopped(connection):
        add_job(connection)
        begun.set()
        goes_on.wait(SOON_S)
        add_job(connection)

    with closing(PostgresqlThreads(url, longest_pause_s=0.3)) as frozen, closing(PostgresqlThreads(url)) as other:
        late, waiting = Work(stopped), Work(add_job)
        frozen.submit(late)
        assert begun.wait(SOON_S)
        other.submit(waiting)
        try:
            assert waiting.done.result(SOON_S).id == 1
        finally:
            goes_on.set()
        with pytest.raises(DatabaseAwayError):
            late.done.result(SOON_S)
