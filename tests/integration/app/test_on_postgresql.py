"""The `remix-bot` command with DATABASE_URL=postgresql://...: what stops a start, and what each subcommand gives."""

import json
import re

import psycopg
import pytest

from bot.storage.engine.database import CannotConnectError
from bot.storage.engine.databases import postgresql as engine
from bot.storage.engine.databases.process_lock import process_lock
from bot.storage.engine.migrations import newest_revision

PASSWORD = "made-up-pass"
COMPLETE = {"DISCORD_TOKEN": "a-token", "IDEOGRAM_API_KEY": "a-key", "DISCORD_API_URL": "http://127.0.0.1:9/api/v10"}
WITHOUT_DRIVER = ("-c", "import sys; sys.modules['psycopg'] = None; from bot.cli import main; main()")


@pytest.fixture
def guarded(postgresql):
    """A database that asks for a password, and the part of its address after the password."""
    name = postgresql.create()
    rules = postgresql.folder / "data" / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text(f"local {name} all scram-sha-256\n{before}")
    postgresql.run("SELECT pg_reload_conf()")
    while can_connect(postgresql.url(name)):
        pass
    yield f"/{name}?host={postgresql.folder}"
    rules.write_text(before)
    postgresql.run("SELECT pg_reload_conf()")


def can_connect(url):
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("127.0.0.1:9/remix", "postgresql://127.0.0.1:9/remix cannot be used: .*refused"),
        ("/missing?host={folder}", 'database "missing" does not exist'),
        ("{guarded}", 'password authentication failed for user "bot"'),
        ("/postgres?host={folder}&sslmode=perhaps", "sslmode"),
        ("/postgres?host={folder}&colour=red", "colour"),
    ],
)
def test_a_server_that_cannot_be_used_stops_the_start_with_a_line_and_exit_code_2(
    run, postgresql, guarded, address, says
):
    where = address.format(folder=postgresql.folder, guarded=guarded)
    done = run("run", **COMPLETE, DATABASE_URL=f"postgresql://bot:{PASSWORD}@{where}")
    assert done.returncode == 2, done.stderr
    assert re.search(f"^Cannot run: .*{says}", done.stderr.splitlines()[-1])
    assert "Traceback" not in done.stderr
    assert PASSWORD not in done.stdout + done.stderr


def test_without_the_driver_it_says_what_to_install(run):
    done = run("run", program=WITHOUT_DRIVER, **COMPLETE, DATABASE_URL="postgresql://bot@db/remix")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "Cannot run: PostgreSQL needs the package psycopg: install remix-bot[postgresql]."
    )


def test_a_server_that_is_too_old_is_refused(postgresql, monkeypatch):
    monkeypatch.setattr(engine, "_OLDEST_VERSION", 99)
    with pytest.raises(CannotConnectError, match="is too old: at least 99"), process_lock(postgresql.url("postgres")):
        pytest.fail("let in")


def test_options_of_the_address_go_before_our_own(postgresql):
    url = f"{postgresql.url('postgres')}&application_name=mine&options=-c%20work_mem%3D1MB"
    names = ("application_name", "work_mem", "TimeZone")
    with engine.make_engine(url).connect() as connection:
        assert [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in names] == ["mine", "1MB", "UTC"]


@pytest.fixture
def given(run, postgresql):
    """Runs the command with a database of its own. Nothing that it says has the password in it."""
    url = postgresql.url(postgresql.create()).replace("bot@", f"bot:{PASSWORD}@")

    def command(*arguments, **settings):
        done = run(*arguments, **{**COMPLETE, "DATABASE_URL": url, **settings})
        assert PASSWORD not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    command.url = url
    return command


@pytest.mark.parametrize(
    "command", [("status",), ("usage",), ("parked",), ("audit",), ("forget", "--yes", "--person=1")]
)
def test_before_the_first_start_there_are_no_tables_and_none_are_made(given, command):
    done = given(*command)
    assert done.returncode == 2
    assert "there are no tables at postgresql:///test" in done.stderr
    found = json.loads(given("doctor", "--offline", "--json").stdout)["findings"]
    assert next(each for each in found if each["check"] == "database")["verdict"] == "ok"
    assert next(each for each in found if each["check"] == "schema")["verdict"] == "skipped"


def test_every_subcommand_gives_what_it_gives_with_sqlite_or_says_what_to_use_instead(given):
    assert f"now at revision {newest_revision()}" in given("migrate").stdout
    assert "up to date" in given("migrate").stdout
    for command, says in (
        (("audit",), "0 jobs, 0 violations"),
        (("usage",), ""),
        (("parked",), "Nothing is parked."),
        (("forget", "--yes", "--person", "7"), "Erased 0 remixes"),
        (("restore", "--in-place", "--spent-usd", "0"), "Restored."),
    ):
        done = given(*command)
        assert (done.returncode, done.stderr.count("Cannot")) == (0, 0), done.stderr
        assert says in done.stdout
    assert json.loads(given("status", "--json").stdout)["alive"] is False
    found = json.loads(given("doctor", "--offline", "--json").stdout)["findings"]
    assert [each for each in found if each["verdict"] == "fail"] == []
    (database,) = [each for each in found if each["check"] == "database"]
    assert re.fullmatch(r"PostgreSQL [\d.]+ answers at postgresql:///test\d+\.", database["sentence"])


@pytest.mark.parametrize(("command", "says"), [(("backup",), "pg_dump"), (("restore", "copy"), "pg_restore")])
def test_what_only_files_have_is_refused_with_what_to_use_instead(given, command, says):
    done = given(*command)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert says in line


def test_while_a_command_changes_the_database_the_bot_does_not_start(given):
    with process_lock(given.url):
        done = given("run")
    assert done.returncode == 1
    assert "a remix-bot command is changing the database" in done.stderr
