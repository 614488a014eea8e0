"""One process owns a database file: a second one is refused, and a killed one lets go."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from bot.storage.engine.databases.errors import DatabaseInUseError
from bot.storage.engine.databases.process_lock import process_lock

pytestmark = pytest.mark.sqlite_only  # several processes share PostgreSQL

HOLD = """
import sys
from bot.storage.engine.databases.process_lock import process_lock
with process_lock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(url: str) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the lock until its input ends."""
    command = [sys.executable, "-c", HOLD, url]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:  # noqa: S603 - this very Python
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_holder_in_the_same_process_is_refused_and_later_let_in(url):
    with process_lock(url):
        with pytest.raises(DatabaseInUseError), process_lock(url):
            pytest.fail("let in twice")
        with pytest.raises(DatabaseInUseError), process_lock(url):
            pytest.fail("a refusal let go of the lock")
    with process_lock(url):
        pass


def test_a_second_process_is_refused_in_words_that_name_the_file(url, holder, database_file):
    with pytest.raises(DatabaseInUseError, match=f"running on {database_file}"), process_lock(url):
        pytest.fail("let in beside another process")
    assert holder.poll() is None


def test_a_killed_process_has_let_go(url, holder):
    holder.kill()
    holder.wait()
    with process_lock(url):
        pass


def test_two_databases_have_two_locks(url, tmp_path):
    with process_lock(url), process_lock(f"sqlite:///{tmp_path / 'other' / 'remix.db'}"):
        pass


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="others cannot give files away")
def test_a_command_of_root_leaves_a_lock_that_the_account_of_the_bot_can_open(url, database_file):
    os.chown(database_file, 4321, 4321)
    with process_lock(url):
        pass
    assert database_file.with_name(f"{database_file.name}.lock").stat().st_uid == 4321
