"""With LOG_FORMAT=json everything on stderr is one JSON object per line, whatever goes wrong."""

import json

import pytest

from bot.storage.engine.databases.process_lock import process_lock
from bot.storage.engine.migrations import migrate

COMPLETE = {"DISCORD_TOKEN": "a-made-up-token", "IDEOGRAM_API_KEY": "a-made-up-key"}
CRASH = """
import sys, warnings
import bot.cli.lazy_group
def broken(*_, **__):
    print("printed by a library", file=sys.stderr)
    sys.stderr.write("without an end")
    warnings.warn("a warning of Python")
    raise RuntimeError("what nobody expected")
bot.cli.lazy_group.load_settings = broken
from bot.cli import main
sys.argv[0] = "remix-bot"
main()
"""


def events(done):
    """Fails if any line is not JSON."""
    return [json.loads(line) for line in done.stderr.splitlines()]


def sentences(done):
    return [event["event"] for event in events(done)]


@pytest.mark.parametrize("where", ["environment", "file"])
def test_wrong_settings_are_json_lines_even_if_the_format_is_wrong_settings_neighbour(run, tmp_path, where):
    chosen = {"LOG_FORMAT": "json"}
    if where == "file":
        (tmp_path / ".env").write_text('log_format = "JSON"\n)(\n')
        chosen = {}
    done = run("run", COOLDOWN_S="soon", **chosen)
    assert done.returncode == 2
    told = [event for event in events(done) if event["logger"] == "remix-bot"]
    assert [event["event"].split()[0] for event in told] == ["DISCORD_TOKEN", "IDEOGRAM_API_KEY", "COOLDOWN_S"]
    assert {event["level"] for event in told} == {"error"}


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("paked",), 2, "No such command 'paked'. Did you mean 'parked'?"),
        (("usage", "--nonsense"), 2, "No such option: --nonsense"),
        (("usage",), 2, "Cannot"),
    ],
)
def test_the_other_subcommands_speak_json_too_where_no_person_reads(run, arguments, code, sentence):
    done = run(*arguments, LOG_FORMAT="json")
    assert done.returncode == code
    assert [line[: len(sentence)] for line in sentences(done)] == [sentence]


def test_a_database_in_use_and_a_misspelled_name_and_an_open_file_are_json_lines(run, default_url, tmp_path):
    (tmp_path / ".env").write_text("COLDOWN_S=1\nLOG_FORMAT=json\n")
    (tmp_path / ".env").chmod(0o644)
    migrate(default_url)
    with process_lock(default_url):
        done = run("run", **COMPLETE)
    assert done.returncode == 1
    told = "\n".join(sentences(done))
    for sentence in ("other accounts can read the file", "Did you mean COOLDOWN_S?", "another remix-bot is running"):
        assert sentence in told


def test_a_crash_what_libraries_print_and_warnings_are_json_lines(run):
    done = run("run", program=("-c", CRASH), LOG_FORMAT="json")
    assert done.returncode == 1
    printed, warning, unended, crash = events(done)
    assert [(each["logger"], each["event"]) for each in (printed, unended)] == [
        ("stderr", "printed by a library"),
        ("stderr", "without an end"),
    ]
    assert "a warning of Python" in warning["event"]
    assert "what nobody expected" in crash["exception"]


def test_people_get_plain_lines(run):
    done = run("run", COOLDOWN_S="soon")
    assert [line.split()[0] for line in done.stderr.splitlines()] == ["DISCORD_TOKEN", "IDEOGRAM_API_KEY", "COOLDOWN_S"]


def test_a_closed_stderr_does_not_stop_a_command(run):
    """Without the mend the first file that is opened, such as the database, would take its place."""
    code = (
        "import os, sys; os.close(2); sys.stderr = None; sys.argv[1:] = ['migrate']; from bot.cli import main; main()"
    )
    done = run(program=("-c", code))
    assert (done.returncode, done.stderr) == (0, "")
    assert "now at revision" in done.stdout
