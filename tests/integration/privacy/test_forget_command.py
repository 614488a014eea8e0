"""`remix-bot forget`: what it erases, what it leaves, and when it refuses."""

import pytest
import sqlalchemy as sa

from bot.rules.cases import CaseKind
from bot.rules.erasures import ErasureKind, ErasureStage
from bot.rules.job_states import JobState
from bot.rules.policies import Policy
from bot.rules.prices import Speed
from bot.rules.remix_request import RemixRequest
from bot.storage.engine.blobs.files import FileBlobs
from bot.storage.engine.blobs.mark import prepare_ours
from bot.storage.engine.database import Database
from bot.storage.engine.databases.process_lock import process_lock
from bot.storage.engine.migrations import migrate
from bot.storage.engine.tables.moderation import metadata
from bot.storage.moderation import cases
from bot.storage.moderation.cases import NewCase
from bot.storage.privacy import erasures
from bot.storage.remixes import jobs, results
from bot.storage.remixes.results import Post
from bot.storage.standing import policies
from tests.integration.app.conftest import default_url, nest, run
from tests.integration.made_storage import START, add_job, add_result, walk

__all__ = ["default_url", "nest", "run"]

MIA, BEN = 1, 2
SECRET = RemixRequest("my secret garden", speed=Speed.TURBO)
MADE = (JobState.GENERATING, JobState.GENERATED, JobState.DELIVERED)


@pytest.fixture
def blobs(tmp_path):
    store = FileBlobs(tmp_path / "data" / "blobs")
    store.prepare()
    return store


@pytest.fixture
def filled(default_url, blobs):
    """Mia's and ben's remix in server 11, mia's in server 12, and a case about each of hers."""
    migrate(default_url)
    database = Database(default_url)

    def fill(connection):
        for number, (user_id, guild_id) in enumerate([(MIA, 11), (BEN, 11), (MIA, 12)]):
            source, made = blobs.put(f"source {number}".encode()), blobs.put(f"result {number}".encode())
            job = add_job(connection, user_id, guild_id=guild_id, source_hash=source, request=SECRET)
            add_result(connection, job, made)
            walk(connection, job, *MADE)
            results.add_post(connection, job.id, Post(0, 22, 900 + number, (0,)), START)
            cases.add(connection, NewCase(guild_id, CaseKind.WARN, 9, user_id, "gore", job_id=job.id), START)
            policies.write(connection, guild_id, Policy(daily_quota=3))

    database.transaction_now(fill)
    database.close()
    return Stored(default_url)


class Stored:
    """Opens the database for each question: the command is the only one that has it open while it works."""

    def __init__(self, url):
        self.url = url

    def transaction_now(self, function, *arguments):
        database = Database(self.url)
        try:
            return database.transaction_now(function, *arguments)
        finally:
            database.close()


def prompts(database):
    return database.transaction_now(lambda c: [jobs.get(c, job_id).prompt for job_id in (1, 2, 3)])


def test_a_person_is_erased_in_all_servers(run, filled):
    done = run("forget", "--person", str(MIA), "--yes")
    assert (done.returncode, done.stderr) == (0, "2 remixes so far\n")
    assert "Erased 2 remixes and 4 picture files." in done.stdout
    assert "once the bot runs" in done.stdout
    assert "Backups keep" in done.stdout
    assert prompts(filled) == ["", SECRET.prompt, ""]
    assert filled.transaction_now(cases.get, 12, 1).reason == "gore"
    left = filled.transaction_now(erasures.newest, ErasureKind.PERSON, MIA)
    assert (left.stage, left.finished_at) == (ErasureStage.MESSAGES, None)


def test_a_server_is_erased_but_for_its_money(run, filled):
    done = run("forget", "--server", "11", "--yes")
    assert done.returncode == 0
    assert prompts(filled) == ["", "", SECRET.prompt]
    for table in metadata.sorted_tables:
        if "guild_id" in table.c and table.name not in {"jobs", "reservations", "server_spending"}:
            count = sa.select(sa.func.count()).select_from(table).where(table.c.guild_id == 11)
            assert filled.transaction_now(lambda c, count=count: c.scalar(count)) == 0, table.name
    assert filled.transaction_now(policies.read, 12).daily_quota == 3


@pytest.mark.usefixtures("filled")
def test_the_file_keeps_no_byte_of_it(run, tmp_path):
    run("forget", "--person", str(MIA), "--yes")
    run("forget", "--person", str(BEN), "--yes")
    stored = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("remix.db*"))
    assert b"secret garden" not in stored


def test_it_refuses_while_the_bot_runs(run, filled, default_url):
    with process_lock(default_url):
        done = run("forget", "--person", "1", "--yes")
    assert done.returncode == 1
    assert "another remix-bot is running" in done.stderr
    assert prompts(filled) == [SECRET.prompt] * 3


@pytest.mark.parametrize(
    "options",
    [[], ["--person", "1", "--server", "2"], ["--person", "0"], ["--person", "mia"], ["--server", str(2**63)]],
)
def test_bad_options_are_refused(run, options):
    done = run("forget", *options, "--yes")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_without_yes_and_without_an_answer_nothing_is_erased(run, filled):
    done = run("forget", "--person", "1")
    assert done.returncode == 1
    assert prompts(filled) == [SECRET.prompt] * 3


def test_somebody_unknown_is_no_error(run, filled):
    done = run("forget", "--person", "424242", "--yes")
    assert done.returncode == 0
    assert "Erased 0 remixes" in done.stdout
    assert prompts(filled) == [SECRET.prompt] * 3


def test_beside_pictures_of_another_place_nothing_is_erased(run, default_url, blobs):
    """Else it would say that the pictures are gone, and they would stay where they are."""
    migrate(default_url)
    database = Database(default_url)
    prepare_ours(database, blobs, "lease")
    database.transaction_now(add_job, MIA, source_hash=blobs.put(b"theirs"))
    database.close()
    done = run("forget", "--person", str(MIA), "--yes", BLOB_DIR="wrong")
    assert done.returncode == 2
    assert "Cannot erase: the pictures of this database are elsewhere: wrong/store.id does not say" in done.stderr
    assert "Erased 1 remixes and 1 picture files." in run("forget", "--person", str(MIA), "--yes").stdout
