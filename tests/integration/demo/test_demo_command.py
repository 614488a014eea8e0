"""`remix-bot demo` from a shell: what it says, how it ends, what it keeps."""

import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import aiohttp
import pytest

from bot.demo import simcord_version
from bot.demo.ideogram_stand_in.dials import Fault
from bot.demo.page import show
from bot.demo.simcord_version import WrongSimcordError, require_simcord

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "bot", "demo", "--no-browser"]
WITHIN_S = 60


def run_demo(*options):
    return subprocess.run([*COMMAND, *options], cwd=ROOT, capture_output=True, text=True, timeout=WITHIN_S, check=False)  # noqa: S603 - our own command


@contextmanager
def open_demo(*options):
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*COMMAND, *options], cwd=ROOT, text=True, **both) as process:  # noqa: S603 - our own command
        assert process.stdout is not None
        yield process, process.stdout.readline().split()[-1]
        if process.poll() is None:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order(number):
    with open_demo() as (process, _):
        process.send_signal(number)
        out, err = process.communicate(timeout=WITHIN_S)
    assert process.returncode == 0
    assert out.splitlines()[-1] == "The demo has ended."
    assert err == ""


async def test_the_page_carries_our_script_style_and_sample_under_our_name():
    with open_demo() as (_, url):
        base = url.partition("#")[0]
        async with aiohttp.ClientSession(base) as session:
            index = await (await session.get("/")).text()
            sizes = {
                path: len(await (await session.get(path)).read()) for path in ("/demo.js", "/demo.css", "/sample.jpg")
            }
    assert "<title>remix-bot demo</title>" in index
    assert '<script type="module" src="/demo.js">' in index
    assert min(sizes.values()) > 100


async def test_the_page_answers_nobody_who_came_by_another_name():
    """A web page on another host that has its name point to this machine gets nothing."""
    with open_demo() as (_, url):
        base = url.partition("#")[0]
        async with aiohttp.ClientSession(base) as session:
            answers = [await session.get(path, headers={"Host": "evil.example"}) for path in ("/", "/sample.jpg")]
            stranger = await session.post("/api/pages", json={})
    assert [answer.status for answer in answers] == [403, 403]
    assert stranger.status == 401


def test_a_taken_port_is_told_in_a_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run_demo("--port", str(port))
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        f"The demo cannot run: port {port} is already in use: choose another one with --port"
    ]


def test_an_unknown_failure_lists_those_there_are():
    ended = run_demo("--fail", "bad-luck")
    assert ended.returncode == 2
    assert ended.stderr.startswith("--fail bad-luck is unknown. Choose from: 429, ")
    assert all(kind in ended.stderr for kind in Fault)


def test_a_second_demo_on_the_same_folder_is_refused_in_a_line(tmp_path):
    with open_demo("--keep", str(tmp_path)):
        second = run_demo("--keep", str(tmp_path))
    assert second.returncode == 1
    assert len(second.stderr.splitlines()) == 1
    assert second.stderr.startswith("The demo cannot run: ")


def test_the_environment_of_a_real_bot_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("COOLDOWN_S", "abc")
    monkeypatch.setenv("ALLOWED_GUILD_IDS", "5")
    made = run_demo("--smoke", "--out", str(tmp_path))
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "remix-1-1.png").is_file()


def test_what_is_kept_lies_in_the_folder(tmp_path):
    with open_demo("--keep", str(tmp_path / "kept")) as (process, _):
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=WITHIN_S)
    assert (tmp_path / "kept" / "remix.db").is_file()
    assert (tmp_path / "kept" / "blobs").is_dir()


@pytest.mark.parametrize("package", ["markdown_it", "linkify_it", "regex"])
def test_without_the_page_s_packages_it_says_which_extra_brings_them(package):
    ended = run_without(package)
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [f"The demo cannot run: the page needs {package}: install remix-bot[demo]"]


def run_without(package):
    code = f"import sys; sys.modules[{package!r}] = None; from bot.cli import main; main()"
    command = [sys.executable, "-c", code, "demo", "--no-browser"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=WITHIN_S, check=False)  # noqa: S603 - our own command


def test_another_simcord_is_refused_by_its_version(monkeypatch):
    monkeypatch.setattr(simcord_version, "version", lambda _name: "3.3.0")
    with pytest.raises(WrongSimcordError, match=r"simcord 3\.2\.1 is needed, but 3\.3\.0 is installed"):
        require_simcord()


def test_a_missing_simcord_is_told_with_the_extra_that_brings_it(monkeypatch):
    monkeypatch.setattr(simcord_version, "version", lambda _name: version("no-such-package"))
    with pytest.raises(WrongSimcordError, match=r"not installed: install remix-bot\[demo\]"):
        require_simcord()


def test_results_are_as_large_as_ideogram_s_unless_a_side_is_chosen():
    assert show._stand_in(show.PageOptions()).dials.full_size
    dials = show._stand_in(show.PageOptions(result_side=384)).dials
    assert (dials.full_size, dials.long_side) == (False, 384)
