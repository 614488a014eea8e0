"""`remix-bot parked` as a process: it lists while the bot runs, and decides only while it is stopped."""

import re
from contextlib import closing

import pytest

from bot.rules.job_states import JobState
from bot.rules.parked_decisions import ParkedDecision
from bot.storage.engine.blobs.files import FileBlobs
from bot.storage.engine.blobs.mark import prepare_ours
from bot.storage.engine.blobs.store import name_of
from bot.storage.engine.database import Database
from bot.storage.engine.databases.process_lock import process_lock
from bot.storage.engine.migrations import migrate
from bot.storage.remixes import decisions, jobs, ledger
from tests.integration.made_storage import add_job, walk

DECISIONS = {
    ("retry",): (JobState.QUEUED, ParkedDecision.RETRIED, "back in the queue"),
    ("write-off", "--charged"): (JobState.FAILED, ParkedDecision.WRITTEN_OFF, "counts as spent"),
    ("write-off", "--not-charged"): (JobState.FAILED, ParkedDecision.WRITTEN_OFF_UNCHARGED, "is available again"),
}


def park(connection):
    job = walk(
        connection,
        add_job(connection, source_hash=name_of(b"a picture")),
        JobState.GENERATING,
        JobState.OUTCOME_UNKNOWN,
    )
    ledger.mark_unresolved(connection, job.id)
    return job


@pytest.fixture
def pictures(tmp_path):
    return FileBlobs(tmp_path / "data" / "blobs")


@pytest.fixture
def parked_url(default_url, pictures):
    pictures.put(b"a picture")
    migrate(default_url)
    with closing(Database(default_url)) as database:
        database.transaction_now(park)
    return default_url


def ask(url, question, *arguments):
    with closing(Database(url)) as database:
        return database.transaction_now(question, *arguments)


def test_it_lists_while_the_bot_is_running(run, parked_url):
    with process_lock(parked_url), closing(Database(parked_url)) as database:
        database.transaction_now(park)
        done = run("parked")
    assert (done.returncode, done.stderr) == (0, "")
    first, second, last = done.stdout.splitlines()
    assert first == "1  2026-05-01 12:00 UTC  person 1  server 11  Turbo  $0.03 unresolved  test"
    assert second.startswith("2  ")
    assert last == "2 parked."


def test_it_lists_nothing_where_nothing_is_parked(run, default_url):
    migrate(default_url)
    done = run("parked")
    assert (done.returncode, done.stdout) == (0, "Nothing is parked.\n")


@pytest.mark.parametrize("arguments", DECISIONS, ids=" ".join)
def test_a_decision_is_carried_out_and_told_at_the_next_start(run, parked_url, arguments):
    state, decision, words = DECISIONS[arguments]
    command, *options = arguments
    done = run("parked", command, "1", *options)
    assert (done.returncode, done.stderr) == (0, "")
    assert words in done.stdout
    assert ask(parked_url, jobs.get, 1).state is state
    assert [each.decision for each in ask(parked_url, decisions.find_unnotified)] == [decision]
    again = run("parked", command, "1", *options)
    assert again.returncode == 1
    assert again.stderr.startswith("There is no parked remix 1.")


def test_one_whose_picture_is_gone_can_only_be_written_off(run, parked_url, pictures):
    pictures.path(ask(parked_url, jobs.get, 1).source_hash).unlink()
    done = run("parked", "retry", "1")
    assert done.returncode == 1
    assert done.stderr == "The picture of remix 1 is gone, so you can only write it off.\n"
    assert run("parked", "write-off", "1", "--charged").returncode == 0


def test_with_pictures_of_another_place_nothing_is_decided(run, parked_url, pictures):
    with closing(Database(parked_url)) as database:
        prepare_ours(database, pictures, "lease")
    done = run("parked", "retry", "1", BLOB_DIR="elsewhere")
    assert done.returncode == 2
    assert done.stderr.startswith("Cannot decide: the pictures of this database are elsewhere")
    assert ask(parked_url, jobs.get, 1).state is JobState.OUTCOME_UNKNOWN


def test_while_the_bot_is_running_nothing_is_decided(run, parked_url):
    with process_lock(parked_url):
        done = run("parked", "retry", "1")
    assert done.returncode == 1
    assert "/remix-operator" in done.stderr
    assert "Traceback" not in done.stderr
    assert ask(parked_url, jobs.get, 1).state is JobState.OUTCOME_UNKNOWN


def test_a_write_off_must_say_whether_it_was_charged(run, parked_url):
    done = run("parked", "write-off", "1")
    assert done.returncode == 2
    assert done.stderr.strip() == "Add --charged if Ideogram billed it, or --not-charged if it did not."
    assert ask(parked_url, jobs.get, 1).state is JobState.OUTCOME_UNKNOWN


def test_without_a_database_it_says_so(run):
    done = run("parked")
    assert done.returncode == 2
    assert re.match(r"Cannot list: there is no database at .*\. The first `remix-bot run` makes it\.", done.stderr)
