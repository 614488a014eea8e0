"""The `remix-bot copy-database` command: its arguments, what it says, and a start on the file afterwards."""

from contextlib import closing

import pytest
import typer

from bot.cli.moving import copy_database as command
from bot.storage.engine.copying.moved_mark import mark_moved
from bot.storage.engine.database import Database
from bot.storage.engine.migrations import migrate
from tests.integration.made_storage import add_job

SERVER = "postgresql://bot:SECRET@127.0.0.1:9/remix"
COMPLETE = {"DISCORD_TOKEN": "a-token", "IDEOGRAM_API_KEY": "a-key", "DISCORD_API_URL": "http://127.0.0.1:9/api/v10"}


@pytest.mark.parametrize(
    ("places", "here"),
    [
        (["data/my.db", SERVER], "sqlite:///other.db"),
        (["sqlite:///data/my.db"], SERVER),
        ([SERVER], "sqlite:///data/my.db"),
    ],
)
def test_the_place_that_is_left_out_is_that_of_the_settings(places, here):
    assert command._both(places, here) == ("sqlite:///data/my.db", SERVER)


@pytest.mark.parametrize(
    ("places", "says"),
    [
        (["a.db", "b.db"], "FROM must be a SQLite file"),
        ([SERVER, "a.db"], "The other direction is not offered"),
        (["a.db"], "FROM must be a SQLite file"),
        (["a.db", SERVER, "c.db"], "Name FROM and TO"),
        (["a.db", "mysql://bot:SECRET@host/remix"], "must be sqlite:///"),
        (["a.db", "postgresql://bot:SEC#RET@host/remix"], "such as %40 for @"),
        (["a.db?mode=ro", SERVER], "must be sqlite:///"),
    ],
)
def test_places_that_cannot_be_are_refused_in_a_line_without_the_password(places, says, capsys):
    with pytest.raises(typer.Exit) as ended:
        command._both(places, "sqlite:///other.db")
    assert ended.value.exit_code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert says in line
    assert "SEC" not in line


def test_it_copies_the_file_and_the_bot_no_longer_starts_on_it(run, default_url, postgresql):
    migrate(default_url)
    with closing(Database(default_url)) as database:
        database.transaction_now(add_job)
    target = postgresql.url(postgresql.create())
    rehearsed = run("copy-database", target, "--rehearse", LOG_FORMAT="json")
    assert (rehearsed.returncode, rehearsed.stderr) == (0, "")
    done = run("copy-database", target)
    assert (done.returncode, done.stderr) == (0, "")
    assert "The audit says the same of both: 0 violations" in done.stdout
    assert "All of it is in postgresql:///test" in done.stdout
    started = run("run", **COMPLETE)
    assert started.returncode == 2
    assert "remix.db was copied to postgresql:///test" in started.stderr.splitlines()[-1]
    assert "delete data/remix.db.moved" in started.stderr.splitlines()[-1]


def test_a_server_that_is_not_there_is_one_line_and_exit_code_2(run, default_url):
    migrate(default_url)
    done = run("copy-database", SERVER)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "postgresql://127.0.0.1:9/remix cannot be used" in line


def test_what_changes_a_stopped_database_leaves_a_copied_file_alone(run, default_url):
    migrate(default_url)
    mark_moved(default_url, "postgresql://db/remix")
    done = run("migrate")
    assert done.returncode == 1
    assert "was copied to postgresql://db/remix" in done.stderr
