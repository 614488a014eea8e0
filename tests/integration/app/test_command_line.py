"""The `remix-bot` command as a process: exit codes, and what it says."""

import re
import sqlite3
from contextlib import closing

import pytest

from bot import __version__
from bot.cli.lazy_group import SUBCOMMANDS
from bot.storage.engine.backups.newest import remember_newest
from bot.storage.engine.blobs.files import FileBlobs
from bot.storage.engine.database import Database
from bot.storage.engine.databases.process_lock import process_lock
from bot.storage.engine.migrations import migrate
from tests.integration.made_storage import add_job

NOWHERE = "http://127.0.0.1:9"
COMPLETE = {"DISCORD_TOKEN": "a-token", "IDEOGRAM_API_KEY": "a-key", "DISCORD_API_URL": f"{NOWHERE}/api/v10"}


def test_without_settings_it_tells_each_that_is_missing_in_a_line_and_exits_2(run):
    done = run("run")
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert [line.split(" ")[0] for line in lines] == ["DISCORD_TOKEN", "IDEOGRAM_API_KEY"]
    assert all("is missing" in line for line in lines)
    assert all("`remix-bot setup`" in line for line in lines)
    assert done.stdout == ""


def test_wrong_settings_have_a_line_each_too_and_no_secret_is_shown(run, tmp_path):
    (tmp_path / ".env").write_text("IDEOGRAM_API_KEY=Bearer the-key\nCOOLDOWN_S=soon\n")
    done = run("run", DISCORD_TOKEN="the token", MAX_QUEUED="0")
    assert done.returncode == 2
    named = sorted(line.split(" ")[0] for line in done.stderr.splitlines())
    assert named == ["COOLDOWN_S", "DISCORD_TOKEN", "IDEOGRAM_API_KEY", "MAX_QUEUED"]
    assert "the-key" not in done.stderr
    assert "the token" not in done.stderr


def test_migrate_makes_the_database_and_a_second_time_says_so(run, default_url):
    first, second = run("migrate"), run("migrate")
    assert (first.returncode, second.returncode) == (0, 0)
    assert "now at revision" in first.stdout
    assert "up to date" in second.stdout
    assert migrate(default_url) is None


@pytest.mark.parametrize("command", ["run", "migrate"])
def test_a_second_process_is_refused_in_a_line(run, default_url, command):
    with process_lock(default_url):
        done = run(command, **COMPLETE)
    assert done.returncode == 1
    assert "another remix-bot is running" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["run", "migrate"])
def test_a_database_of_a_newer_version_is_refused_in_a_line(run, default_url, command):
    migrate(default_url)
    with closing(sqlite3.connect(default_url.removeprefix("sqlite:///"))) as writer, writer:
        writer.execute("UPDATE alembic_version SET version_num = '9999'")
    done = run(command, **COMPLETE)
    assert done.returncode == 1
    assert "install the newer version" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("trouble", ["damaged", "older"])
def test_a_start_with_a_damaged_or_older_database_says_what_to_do_in_a_line_and_exits_2(
    run, default_url, tmp_path, trouble
):
    assert run("migrate").returncode == 0
    if trouble == "damaged":
        (tmp_path / "data" / "remix.db").write_bytes(b"shopping list" * 100)
    else:
        remember_newest(default_url, 5)
    done = run("run", **COMPLETE)
    assert done.returncode == 2
    assert "remix-bot restore" in done.stderr
    assert "Traceback" not in done.stderr


def test_backup_copies_while_the_bot_is_running(run, default_url, tmp_path):
    migrate(default_url)
    source = FileBlobs(tmp_path / "data" / "blobs").put(b"source")
    with process_lock(default_url), closing(Database(default_url)) as database:
        database.transaction_now(add_job, source_hash=source)
        done = run("backup", "copy")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 pictures" in done.stdout
    assert FileBlobs(tmp_path / "copy" / "blobs").get(source) == b"source"


def test_backup_names_a_folder_by_the_time_if_none_is_given(run, default_url, tmp_path):
    migrate(default_url)
    assert run("backup").returncode == 0
    assert [len(path.name) for path in (tmp_path / "backups").iterdir()] == [len("2026-05-01T12-00-00Z")]


def test_a_backup_that_lacks_pictures_says_so_and_exits_1(run, default_url):
    migrate(default_url)
    with closing(Database(default_url)) as database:
        database.transaction_now(add_job)
    done = run("backup", "copy")
    assert done.returncode == 1
    assert "1 pictures that the database names are not on the disk" in done.stderr


@pytest.mark.parametrize("trouble", ["no database", "folder exists"])
def test_a_backup_that_cannot_be_made_says_why(run, default_url, tmp_path, trouble):
    if trouble == "folder exists":
        migrate(default_url)
        (tmp_path / "copy").mkdir()
    done = run("backup", "copy")
    assert done.returncode == (1 if trouble == "folder exists" else 2)
    assert done.stderr.startswith("Cannot back up: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("way", ["version", "--version"])
def test_version_needs_no_settings_and_names_schema_and_python(run, way):
    done = run(way, COOLDOWN_S="soon")
    told = rf"remix-bot {re.escape(__version__)} \(database schema \d{{4}}, Python 3\.\d+\.\d+\)\n"
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(told, done.stdout)


@pytest.mark.parametrize(("command", "code"), [("--help", 0), ("run", 2)])
def test_help_and_a_wrong_setting_are_answered_before_anything_slow_is_imported(run, command, code):
    done = run(command, program=("-X", "importtime", "-m", "bot"))
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert done.returncode == code
    assert "typer" in imported
    assert imported & {"discord", "sqlalchemy", "PIL", "aiohttp", "bot.cli.run"} == set()


def test_help_lists_every_subcommand_and_each_one_has_help_of_its_own(run):
    listed = run("--help").stdout
    for name, subcommand in SUBCOMMANDS.items():
        assert re.search(rf"\b{name}\b.*{re.escape(subcommand.summary.split()[0])}", listed)
        shown = run(name, "--help")
        assert (shown.returncode, shown.stderr) == (0, "")
        assert f"bot {name} [OPTIONS]" in shown.stdout


def test_help_of_a_subcommand_needs_no_settings(run):
    assert run("run", "--help", COOLDOWN_S="soon").returncode == 0


def test_a_misspelt_subcommand_is_answered_with_the_nearest(run):
    done = run("paked")
    assert done.returncode == 2
    assert "Did you mean 'parked'?" in done.stderr


def test_restore_says_what_it_did_and_what_is_left_and_works_without_a_terminal(run, default_url, tmp_path):
    migrate(default_url)
    with closing(Database(default_url)) as database:
        source = FileBlobs(tmp_path / "data" / "blobs").put(b"source")
        database.transaction_now(add_job, source_hash=source)
        assert run("backup", "copy").returncode == 0
        database.transaction_now(add_job, source_hash=source)
    done = run("restore", "copy")
    assert (done.returncode, done.stderr) == (0, "")
    assert "It has spent $0.00 that the backup does not know of." in done.stdout
    assert "1 remixes that were waiting have ended uncharged" in done.stdout
    assert "Next: `remix-bot audit`" in done.stdout
    assert run("audit").stdout == "1 jobs, 0 violations\n"
    (tmp_path / "data" / "remix.db").unlink()
    unknown = run("restore", "copy")
    assert (unknown.returncode, "--spent-usd" in unknown.stderr) == (2, True)
    assert not (tmp_path / "data" / "remix.db").exists()
    known = run("restore", "copy", "--spent-usd", "1.20")
    assert (known.returncode, "$1.20 counts as spent" in known.stdout) == (0, True)
    assert "$1.20" in run("usage").stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "Name a folder"),
        (("copy", "--in-place"), "Name a folder"),
        (("copy",), "there is no backup at copy"),
        (("--in-place",), "there is no database at"),
        (("copy", "--spent-usd", "1e5"), "not an amount of dollars"),
    ],
)
def test_a_restore_that_cannot_be_done_changes_nothing_and_exits_2(run, tmp_path, arguments, says):
    done = run("restore", *arguments)
    assert done.returncode == 2
    assert says in " ".join(done.stderr.replace("│", " ").split())
    assert not list(tmp_path.glob("data/remix.db*"))
