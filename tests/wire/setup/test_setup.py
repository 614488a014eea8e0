"""`remix-bot setup`: what it asks, checks and writes, and that a wrong or broken-off one leaves no file behind."""

import asyncio
import contextlib
import os
import pty
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner

from bot.cli.setup import setup
from bot.demo.ideogram_stand_in import IdeogramStandIn
from bot.ideogram.errors import OutOfCreditError
from bot.settings.settings import load_settings
from tests.wire.bot_process import ROOT

KEY = "made-up-key-of-the-operator"


@pytest.fixture
async def ideogram():
    stand_in = IdeogramStandIn(api_key=KEY)
    await stand_in.start()
    yield stand_in
    await stand_in.close()


@pytest.fixture
def token(pointed_here):
    return pointed_here.world.token


@pytest.fixture
def run(pointed_here, ideogram, tmp_path, monkeypatch):
    """Runs setup in an empty folder. `typed`: the lines that a person types, or with `asks=False` what stdin has."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISCORD_API_URL", pointed_here.api_url)
    monkeypatch.setenv("IDEOGRAM_API_URL", ideogram.url)
    app = typer.Typer()
    app.command()(setup)

    async def start(*options, typed=(), asks=True):
        monkeypatch.setattr("bot.cli.setup.is_terminal", lambda: asks)
        lines = "".join(f"{line}\n" for line in typed)
        # Not in this thread, where the loopback servers answer.
        return await asyncio.to_thread(CliRunner().invoke, app, options, input=lines)

    return start


@pytest.fixture
def env(tmp_path):
    return tmp_path / ".env"


def files_here():
    return sorted(path.name for path in Path().iterdir())


async def test_a_person_is_asked_for_all_of_it_and_nothing_is_paid(run, env, token, pointed_here, ideogram):
    done = await run(typed=[token, KEY, "12.50", "11,12", "11", "", "77"])
    assert done.exit_code == 0, done.output
    settings = load_settings(env)
    assert settings.discord_token.get_secret_value() == token
    assert settings.ideogram_api_key.get_secret_value() == KEY
    assert settings.daily_budget_usd == 12_500_000
    assert (settings.allowed_guild_ids, settings.operator_guild_id) == ({11, 12}, 11)
    assert settings.operator_ids == {pointed_here.world.owner.id}
    assert settings.operator_channel_id == 77
    assert "Reset Token" in done.output
    assert "One image costs Turbo $0.03, Default $0.06, Quality $0.10." in done.output
    assert f"client_id={pointed_here.world.application_id}&" in done.output
    assert "remix-bot run" in done.output.splitlines()[-1]
    assert [call.billed for call in ideogram.calls] == [False] * 3
    assert {request.method for request in pointed_here.requests} == {"GET"}
    assert token not in done.output
    assert KEY not in done.output


async def test_enter_takes_the_defaults_and_the_file_is_for_its_owner_alone(run, env, token):
    before = os.umask(0o022)
    done = await run(typed=[token, KEY, "", "", "", ""])
    os.umask(before)
    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    settings = load_settings(env)
    assert (settings.daily_budget_usd, settings.allowed_guild_ids) == (5_000_000, frozenset())
    assert (settings.operator_guild_id, settings.operator_channel_id) == (None, None)
    assert files_here() == [".env"]


async def test_wrong_answers_are_explained_and_asked_for_again(run, env, token):
    done = await run(typed=["Bot x", "made-up", token, "a-revoked-key", KEY, "lots", "3", "", "eleven", "11", "", ""])
    assert done.exit_code == 0, done.output
    assert 'leave out "Bot"' in done.output
    assert "Discord does not accept this token" in done.output
    assert "Ideogram does not accept this key. Copy it again" in done.output
    assert "must be dollars" in done.output
    assert "must be one server id" in done.output
    assert "a-revoked-key" not in done.output
    assert load_settings(env).daily_budget_usd == 3_000_000


@pytest.mark.parametrize("wrong", ["token", "key"])
async def test_without_a_terminal_a_wrong_secret_ends_it_with_exit_code_2_and_writes_nothing(run, token, wrong):
    lines = ["made-up", KEY] if wrong == "token" else [token, "made-up"]
    done = await run(asks=False, typed=lines)
    assert (done.exit_code, files_here()) == (2, [])
    assert "made-up" not in done.output


async def test_secrets_come_from_files_or_stdin_and_the_rest_from_options(run, env, token, tmp_path):
    (tmp_path / "token").write_text(f"{token}\n")
    options = ("--token-file", "token", "--budget", "none", "--servers", "11", "--operator-server", "11")
    done = await run(*options, "--operators", "5,6", "--operator-channel", "77", asks=False, typed=[KEY])
    assert done.exit_code == 0, done.output
    settings = load_settings(env)
    assert (settings.daily_budget_usd, settings.operator_ids, settings.operator_channel_id) == ("none", {5, 6}, 77)
    assert settings.ideogram_api_key.get_secret_value() == KEY


async def test_the_names_that_containers_use_for_files_are_read(run, token, tmp_path, monkeypatch):
    (tmp_path / "token").write_text(token)
    (tmp_path / "key").write_text(KEY)
    monkeypatch.setenv("DISCORD_TOKEN_FILE", "token")
    monkeypatch.setenv("IDEOGRAM_API_KEY_FILE", "key")
    # With them setup alone is tested: what the bot makes of these names is another test's.
    done = await run(asks=False)
    assert "Discord accepts it" in done.output
    assert "Ideogram accepts it" in done.output


async def test_a_new_secret_takes_the_place_of_the_file_that_the_settings_named(run, env, token):
    env.write_text("DISCORD_TOKEN_FILE=/nowhere/token\n")
    done = await run("--yes", asks=False, typed=[token, KEY])
    assert done.exit_code == 0, done.output
    assert load_settings(env).discord_token.get_secret_value() == token


@pytest.mark.parametrize("option", [("--budget", "lots"), ("--servers", "x"), ("--operator-channel", "-1")])
async def test_wrong_options_end_it_with_exit_code_2(run, token, option):
    done = await run(*option, asks=False, typed=[token, KEY])
    assert (done.exit_code, files_here()) == (2, [])
    assert "must be" in done.output


async def test_answers_that_do_not_go_together_write_nothing(run, token):
    done = await run("--operator-server", "11", asks=False, typed=[token, KEY])
    assert (done.exit_code, files_here()) == (2, [])
    assert "OPERATOR_IDS must list" in done.output


async def test_without_secrets_it_says_where_they_can_come_from(run):
    done = await run(asks=False)
    assert (done.exit_code, files_here()) == (2, [])
    assert "--token-file" in done.output


OLD = """\
# mine
MAX_QUEUED=77 # as discussed

DISCORD_TOKEN="an-old-one"
IDEOGRAM_API_KEY=an-old-key
SOMETHING=else
DISCORD_TOKEN=a-second-line
#OPERATOR_CHANNEL_ID=
LAST=1"""


async def test_other_lines_and_comments_of_an_old_file_stay(run, env, token):
    env.write_text(OLD)
    env.chmod(0o644)
    done = await run("--yes", "--operator-channel", "77", "--budget", "2", asks=False, typed=[token, KEY])
    assert done.exit_code == 0, done.output
    assert (
        env.read_text()
        == f"""\
# mine
MAX_QUEUED=77 # as discussed

DISCORD_TOKEN={token}
IDEOGRAM_API_KEY={KEY}
SOMETHING=else
#OPERATOR_CHANNEL_ID=
OPERATOR_CHANNEL_ID=77
LAST=1
DAILY_BUDGET_USD=2
"""
    )
    assert stat.S_IMODE(env.stat().st_mode) == 0o600


async def test_enter_keeps_what_the_file_has_and_none_takes_it_out(run, env, token):
    env.write_text(f"DISCORD_TOKEN={token}\nIDEOGRAM_API_KEY={KEY}\nDAILY_BUDGET_USD=9\nALLOWED_GUILD_IDS=11\n")
    done = await run(typed=["", "", "", "", "none", "", ""])
    assert done.exit_code == 0, done.output
    settings = load_settings(env)
    assert settings.discord_token.get_secret_value() == token
    assert (settings.daily_budget_usd, settings.allowed_guild_ids) == (9_000_000, frozenset())


@pytest.mark.parametrize(("asks", "typed"), [(True, ["n"]), (False, [])])
async def test_an_old_file_is_not_changed_without_asking(run, env, token, asks, typed):
    env.write_text(OLD)
    done = await run(asks=asks, typed=typed or [token, KEY])
    assert done.exit_code != 0
    assert env.read_text() == OLD


async def test_a_link_stays_a_link(run, env, token, tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "env").write_text("MAX_QUEUED=77\n")
    env.symlink_to("kept/env")
    done = await run("--yes", asks=False, typed=[token, KEY])
    assert done.exit_code == 0, done.output
    assert env.is_symlink()
    assert "MAX_QUEUED=77" in (tmp_path / "kept" / "env").read_text()


async def test_the_owner_of_an_old_file_stays(run, env, token, monkeypatch):
    env.write_text("MAX_QUEUED=77\n")
    owner, changed = env.stat().st_uid, []
    monkeypatch.setattr("os.geteuid", lambda: owner + 1)
    monkeypatch.setattr("os.chown", lambda _path, uid, _gid: changed.append(uid))
    done = await run("--yes", asks=False, typed=[token, KEY])
    assert (done.exit_code, changed) == (0, [owner])


async def test_root_gives_a_new_file_to_the_account_that_owns_the_data(run, token, tmp_path, monkeypatch):
    """With mode 600 and root as its owner the service, which runs as another account, could not read its settings."""
    data, changed = tmp_path / "data", []
    data.mkdir()
    real = Path.stat

    def pretended(path, **options):
        found = real(path, **options)
        return SimpleNamespace(st_uid=12345, st_gid=12346, st_mode=found.st_mode) if path.name == "data" else found

    monkeypatch.setattr(Path, "stat", pretended)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("os.chown", lambda _path, uid, gid: changed.append((uid, gid)))
    done = await run(asks=False, typed=[token, KEY])
    assert (done.exit_code, changed) == (0, [(12345, 12346)])


@pytest.mark.parametrize("answers", range(6))
async def test_ctrl_c_at_any_question_leaves_the_old_file_and_nothing_else(run, env, token, monkeypatch, answers):
    """Ctrl-C in a prompt is a KeyboardInterrupt, which typer turns into an exit code."""
    env.write_text(OLD)
    lines = iter([token, KEY, "5", "11", "11", "5"][:answers])

    def prompt(*_arguments, **_options):
        try:
            return next(lines)
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr("typer.prompt", prompt)
    done = await run("--yes")
    assert done.exit_code != 0
    assert (env.read_text(), files_here()) == (OLD, [".env"])


async def test_a_full_disk_leaves_the_old_file(run, env, token, monkeypatch):
    env.write_text(OLD)

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    done = await run("--yes", asks=False, typed=[token, KEY])
    assert done.exit_code == 1
    assert "No space left" in done.output
    assert (env.read_text(), files_here()) == (OLD, [".env"])


async def test_out_of_reach_a_person_is_asked_and_a_script_is_told_how(run, monkeypatch, token):
    monkeypatch.setenv("DISCORD_API_URL", "http://127.0.0.1:9/api/v10")
    told = await run(asks=False, typed=[token, KEY])
    assert (told.exit_code, files_here()) == (1, [])
    assert "--no-check" in told.output
    refused = await run(typed=[token, "n"])
    assert (refused.exit_code, files_here()) == (1, [])
    done = await run(typed=[token, "y", KEY, "", "", "", ""])
    assert done.exit_code == 0, done.output
    assert "remix-bot doctor` shows the link" in done.output


async def test_unchecked_it_asks_nobody(run, pointed_here, ideogram):
    done = await run("--no-check", asks=False, typed=["any-token", "any-key"])
    assert done.exit_code == 0, done.output
    assert (pointed_here.requests, ideogram.calls) == ([], [])


async def test_an_empty_balance_does_not_keep_a_good_key_out(run, token, monkeypatch):
    monkeypatch.setattr("bot.cli.asking.live_checks.ask_prices", _out_of_credit)
    done = await run(asks=False, typed=[token, KEY])
    assert done.exit_code == 0, done.output
    assert "Add credit" in done.output


async def _out_of_credit(_settings, _key):
    raise OutOfCreditError("status 402")


async def test_a_secret_in_the_environment_that_overrides_the_file_is_told(run, token, monkeypatch):
    monkeypatch.setenv("DISCORD_TOKEN", "a-forgotten-one")
    done = await run(asks=False, typed=[token, KEY])
    assert done.exit_code == 0, done.output
    assert "DISCORD_TOKEN is also set in the environment" in done.output
    assert "a-forgotten-one" not in done.output


ON_A_TERMINAL = """
import fcntl, os, runpy, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
sys.argv = ["remix-bot", "setup", "--no-check"]
runpy.run_module("bot", run_name="__main__")
"""


def ended_by_ctrl_c(process, terminal):
    """Presses it again, as a person would: Python's readline overlooks one between the prompt and its wait for input.

    https://github.com/python/cpython/blob/3.11/Modules/readline.c (readline_until_enter_or_signal)
    """
    for _ in range(120):
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(0.5)
        os.write(terminal, b"\x03")
    process.kill()
    process.wait()
    pytest.fail("Ctrl-C does not end it")


def test_at_a_real_terminal_secrets_are_hidden_and_ctrl_c_writes_nothing(tmp_path):
    """As a process of its own, since only a terminal can hide what is typed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(  # noqa: S603 - this very Python
        [sys.executable, "-c", ON_A_TERMINAL],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    for prompt, typed in ((b"Token, hidden: ", b"a-secret\n"), (b"Key, hidden: ", b"a-secret\n"), (b"]: ", b"\x03")):
        while not shown.endswith(prompt):
            shown += os.read(ours, 1000)
        os.write(ours, typed)
    assert ended_by_ctrl_c(process, ours) != 0
    # What Linux raises once the other side of a terminal has ended.
    with contextlib.suppress(OSError):
        while more := os.read(ours, 1000):
            shown += more
    os.close(ours)
    assert b"a-secret" not in shown
    assert list(tmp_path.iterdir()) == []
