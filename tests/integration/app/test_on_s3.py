"""The `remix-bot` command with BLOB_URL=s3://...: what stops a start, and what each subcommand does with pictures."""

import re
from contextlib import closing

import pytest

from bot.cli.lazy_group import LazyGroup
from bot.rules.job_states import JobState
from bot.storage.engine.blobs.files import FileBlobs
from bot.storage.engine.blobs.s3 import S3Blobs
from bot.storage.engine.blobs.store import name_of
from bot.storage.engine.database import Database
from bot.storage.engine.databases.process_lock import process_lock
from bot.storage.engine.migrations import migrate
from tests.integration.made_storage import add_job, walk
from tests.s3_server import SECRET

COMPLETE = {"DISCORD_TOKEN": "a-token", "IDEOGRAM_API_KEY": "a-key", "DISCORD_API_URL": "http://127.0.0.1:9/api/v10"}
WITHOUT_PACKAGE = ("-c", "import sys; sys.modules['obstore'] = None; from bot.cli import main; main()")


@pytest.fixture
def given(run, bucket, tmp_path):
    """Runs the command with a bucket. Nothing that it says has the key in it."""
    place = bucket.place
    key = {"AWS_ACCESS_KEY_ID": place.access_key_id, "AWS_SECRET_ACCESS_KEY": place.secret_access_key}
    settings = {**COMPLETE, **key, "AWS_ENDPOINT_URL": place.endpoint, "BLOB_URL": str(place)}

    def command(*arguments, program=None, **changes):
        done = run(*arguments, **({} if program is None else {"program": program}), **{**settings, **changes})
        assert SECRET not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    command.folder = tmp_path
    return command


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"BLOB_URL": "s3://no-such-bucket"}, "at s3://no-such-bucket: S3 answers 404 NoSuchBucket"),
        ({"AWS_ACCESS_KEY_ID": "SOMEBODY"}, "S3 answers 403 InvalidAccessKeyId"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "S3 does not answer"),
    ],
)
def test_a_bucket_that_cannot_be_used_stops_the_start_with_a_line_and_exit_code_2(given, change, says):
    done = given("run", **change)
    assert done.returncode == 2, done.stderr
    assert re.fullmatch(f"Cannot run: the pictures cannot be stored .*{says}.", done.stderr.splitlines()[-1])


def test_without_the_package_it_says_what_to_install(given):
    done = given("run", program=WITHOUT_PACKAGE)
    assert done.returncode == 2
    assert "needs the package obstore" in done.stderr.splitlines()[-1]
    assert "requirements/s3.txt" in done.stderr.splitlines()[-1]


def add(default_url, store, data, *states):
    def add_one(connection):
        walk(connection, add_job(connection, source_hash=store.put(data)), *states)

    with closing(Database(default_url)) as database:
        database.transaction_now(add_one)


def test_pictures_can_be_moved_to_s3_and_back(given, bucket, default_url, tmp_path):
    migrate(default_url)
    folder, store = tmp_path / "data" / "blobs", FileBlobs(tmp_path / "data" / "blobs")
    for number in range(3):
        add(default_url, store, f"picture {number}".encode())
    here, there = f"file://{folder}", str(bucket.place)
    store.write_mark("a mark")
    moved = given("move-blobs", here, there, "--delete")
    assert (moved.returncode, moved.stderr) == (0, "")
    assert moved.stdout.splitlines() == [
        f"Copied 3 pictures to {there}.",
        "Deleted 3 originals.",
        f"It has every picture that the database names. Now set BLOB_URL={there} and start the bot.",
    ]
    assert (list(store.entries()), len(bucket.keys)) == ([], 4)
    assert (store.read_mark(), S3Blobs(bucket.place).read_mark()) == (None, "a mark")
    with process_lock(default_url):
        refused = given("move-blobs", there, here, "--delete")
        copied = given("move-blobs", there, here)
    assert (refused.returncode, copied.returncode) == (1, 0)
    assert refused.stderr.startswith("Cannot delete the originals: another remix-bot is running")
    assert copied.stderr == "The bot is running: run this again once it is stopped.\n"
    assert len(list(store.entries())) == 3
    store.write_mark("another mark")
    other = given("move-blobs", there, here)
    assert (other.returncode, other.stderr) == (
        2,
        f"TO has the pictures of another database: see {folder}/store.id. Nothing was changed.\n",
    )


def test_missing_and_damaged_pictures_are_named_and_counted(given, bucket, default_url, tmp_path):
    migrate(default_url)
    store = FileBlobs(tmp_path / "data" / "blobs")
    for data in (b"whole", b"lost", b"damaged"):
        add(default_url, store, data)
    lost, damaged = (name_of(data) for data in (b"lost", b"damaged"))
    store.path(lost).unlink()
    store.path(damaged).write_bytes(b"x")
    done = given("move-blobs", f"file://{store.folder}", str(bucket.place))
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "1 picture is damaged, or gone, where they were:",
        damaged,
        "1 picture is missing:",
        lost,
    ]


@pytest.mark.parametrize(
    ("origin", "target", "says"),
    [
        ("data/blobs", "s3://pictures", "FROM must be file:/// and the absolute path"),
        ("file:///a", "ftp://a", "TO must be file:/// and the absolute path"),
        ("file:///a", "file:///a/", "FROM and TO are the same place"),
        ("file:///no/such/folder", "file:///a", "There is no folder /no/such/folder. Nothing was changed."),
        ("s3://pictures", "s3://pictures/prefix", "AWS_ACCESS_KEY_ID is missing: BLOB_URL with s3:// needs a key"),
    ],
)
def test_places_that_cannot_be_meant_are_refused(monkeypatch, tmp_path, capsys, origin, target, says):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        LazyGroup().main(["move-blobs", origin, target])
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith(says)


def test_a_backup_leaves_the_pictures_in_s3_and_a_restore_brings_those_of_a_folder(given, bucket, default_url):
    migrate(default_url)
    store = S3Blobs(bucket.place)
    add(default_url, store, b"before", JobState.GENERATING, JobState.GENERATED, JobState.DELIVERED)
    saved = given("backup", "copy")
    assert saved.stdout == f"Copied the database to copy. Its 1 pictures stay in {bucket.place}.\n"
    add(default_url, store, b"after")
    bucket.lose(name_of(b"before"))
    FileBlobs(given.folder / "copy" / "blobs").put(b"before")
    restored = given("restore", "copy", "--spent-usd", "0")
    assert restored.returncode == 0, restored.stderr
    assert store.get(name_of(b"before")) == b"before"
    # The way back: what only the replaced database names would be swept.
    (aside,) = (path for path in given.folder.glob("data/remix.db.before-*"))
    assert FileBlobs(aside / "blobs").get(name_of(b"after")) == b"after"


def test_a_backup_counts_the_pictures_that_s3_has_lost(given, bucket, default_url):
    migrate(default_url)
    add(default_url, S3Blobs(bucket.place), b"lost")
    bucket.lose(name_of(b"lost"))
    done = given("backup", "copy")
    assert done.returncode == 1
    assert done.stderr.strip() == f"1 pictures that the database names are not in {bucket.place}."


def test_forgetting_a_person_deletes_their_pictures_in_s3(given, bucket, default_url):
    migrate(default_url)
    store = S3Blobs(bucket.place)
    add(default_url, store, b"theirs")
    store.put(b"somebody else's")
    done = given("forget", "--person", "1", "--yes")
    assert done.returncode == 0, done.stderr
    assert "Erased 1 remixes and 1 picture files." in done.stdout
    assert [entry.name for entry in store.entries()] == [name_of(b"somebody else's")]


def test_status_works_without_a_folder_of_pictures(given, default_url):
    migrate(default_url)
    assert given("status").returncode == 0
