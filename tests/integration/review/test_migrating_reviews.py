"""The state of results that moderators decide about, in databases that go back to an older version."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.matters import MatterKind
from bot.rules.policies import Policy
from bot.storage.engine.database import Database
from bot.storage.engine.databases.sqlite import make_engine
from bot.storage.engine.migrations import run
from bot.storage.matters import matters
from bot.storage.remixes import jobs
from bot.storage.standing import policies
from tests.integration.made_storage import START, add_job, walk

pytestmark = pytest.mark.sqlite_only  # each version of a file that somebody may have

LATER = START + timedelta(hours=1)


def go(url: str, direction: str, revision: str) -> None:
    engine = make_engine(url)
    with engine.connect() as connection:
        run(connection, direction, revision)
    engine.dispose()


def states(path: Path) -> list[tuple[str, str | None, int | None]]:
    with closing(sqlite3.connect(path)) as reader:
        return reader.execute("SELECT state, failure_kind, due_at FROM jobs ORDER BY id").fetchall()


def test_what_moderators_decide_about_is_its_authors_alone_in_an_older_version(url, database_file):
    made, review = (JobState.GENERATING, JobState.GENERATED), (JobState.IN_REVIEW,)
    with closing(Database(url)) as database:
        waits, refused = [database.transaction_now(add_job, user_id) for user_id in (1, 2)]
        database.transaction_now(walk, waits, *made, *review, due_at=LATER)
        database.transaction_now(walk, refused, *made, *review)
        in_review = database.transaction_now(jobs.get, refused.id)
        database.transaction_now(jobs.fail, in_review, FailureKind.REVIEW_REFUSED, LATER)
    go(url, "downgrade", "0035")
    assert states(database_file) == [("generated", None, None), ("failed", "removed", None)]
    with closing(sqlite3.connect(database_file)) as writer:
        with pytest.raises(sqlite3.IntegrityError, match="ck_jobs_state"):
            writer.execute("UPDATE jobs SET state = 'in_review' WHERE id = 1")
        assert writer.execute("SELECT count(*) FROM job_events WHERE to_state = 'in_review'").fetchone() == (0,)
    go(url, "upgrade", "head")
    with closing(Database(url)) as database:
        assert database.transaction_now(walk, waits, *review).state is JobState.IN_REVIEW


def test_an_older_version_finds_no_entry_of_a_card_in_the_log(url, database_file):
    with closing(Database(url)) as database:
        database.transaction_now(policies.write, 11, Policy(log_channel=7))
        database.transaction_now(matters.open_matter, 11, MatterKind.REPORT, 1, START)
    go(url, "downgrade", "0036")
    with closing(sqlite3.connect(database_file)) as reader:
        assert reader.execute("SELECT kind FROM log_entries").fetchall() == []
    go(url, "upgrade", "head")
