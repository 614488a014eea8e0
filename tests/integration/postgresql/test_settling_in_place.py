"""A dump was put back into the server: `remix-bot restore --in-place` settles it, so that nothing is done twice."""

from contextlib import closing

import pytest
import sqlalchemy as sa

from bot.rules.budgets import Period
from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.storage.engine.database import Database
from bot.storage.engine.databases.row_numbers import NUMBERED, raise_row_numbers, read_row_numbers
from bot.storage.engine.tables import metadata
from bot.storage.remixes import jobs, spending
from bot.use_cases.operator.audit_ledger import audit
from bot.use_cases.operator.settle_in_place import settling_in_place
from tests.integration.made_storage import add_job, walk
from tests.integration.operator.made_restores import LATER, TODAY


@pytest.fixture
def run(url):
    with closing(Database(url)) as database:
        yield database.transaction_now


def test_what_waited_ends_what_was_being_made_is_parked_and_what_was_entered_counts(url, run):
    queued = run(add_job)
    making = run(lambda connection: walk(connection, add_job(connection, 2), JobState.GENERATING))
    with settling_in_place(url, LATER) as prepared:
        assert (prepared.settled.ended, prepared.settled.parked) == (1, (making.id,))
        assert prepared.spent_since is None
        assert run(jobs.get, queued.id).state is JobState.QUEUED
        done = prepared.put_in_place({(TODAY, None): 120_000}, LATER)
    assert (done.missing, done.erasures, done.aside) == (0, 0, None)
    ended = run(jobs.get, queued.id)
    assert (ended.state, ended.failure_kind) == (JobState.FAILED, FailureKind.RESTORED)
    assert run(jobs.get, making.id).state is JobState.OUTCOME_UNKNOWN
    # What is parked is still reserved.
    assert run(spending.read, LATER)[Period.DAY].micros == 120_000 + 30_000
    assert run(audit).violations == []
    # Nobody knows how many numbers were given since the dump.
    assert run(add_job).id > making.id + 100_000


def test_numbers_of_rows_are_raised_and_never_lowered(run):
    assert run(read_row_numbers) == {}
    run(raise_row_numbers, dict.fromkeys(NUMBERED, 70))
    run(raise_row_numbers, dict.fromkeys(NUMBERED, 7))
    assert run(read_row_numbers) == dict.fromkeys(NUMBERED, 70)
    for name in NUMBERED:
        (column,) = metadata.tables[name].primary_key.columns
        following = sa.text(f"SELECT nextval(pg_get_serial_sequence('{name}', '{column.name}'))")
        assert run(lambda connection, next_one=following: connection.execute(next_one).scalar_one()) == 71
