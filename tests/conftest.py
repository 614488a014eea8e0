"""What holds for every test: no settings leak in, on CI nothing missing is passed over, and what runs beside what."""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from itertools import groupby, zip_longest
from pathlib import Path

import hypothesis
import pytest

from bot.discord_app.kit.command_mentions import remember_ids
from bot.settings.secret_files import SUFFIX, file_settings
from bot.settings.settings import Settings
from bot.storage.engine.migrations import migrate
from tests.postgresql_cluster import Cluster, cluster, find_binaries
from tests.s3_server import Bucket, S3Server, s3_server

TESTS = Path(__file__).parent
MOST_WORKERS = 8
LONGEST_FIRST = ("browser", "wire", "bench", "integration", "e2e", "deploy", "unit", "meta")
"""So that towards the end no worker of `make test` has long ones left while the others have nothing to do."""
WAITING = {"browser", "wire"}
"""They wait for other processes half of their time. Beside tests that do not, no core is idle."""
ELSEWHERE = {"browser", "wire", "bench"}
"""There the bot runs in a process of its own, which is not measured: measuring the test's own process costs and tells
nothing."""

# Otherwise each process that a test starts compiles all modules of the bot again, which takes 0.4 s of CPU, and each
# worker of pytest all test modules, which takes 7 s.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# How long an example takes depends on what runs beside it. On top of Hypothesis's own profile for CI.
hypothesis.settings.register_profile("side-by-side", deadline=None)
hypothesis.settings.load_profile("side-by-side")


def pytest_xdist_auto_num_workers() -> int:
    """For `--numprocesses auto`: two for each core, since much waits for a process or a browser."""
    return min(MOST_WORKERS, 2 * (os.cpu_count() or 1))


def folder_of(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).parts[0]


def pytest_collection_finish() -> None:
    """Modules and tests live as long as the process. Else each full collection visits all of them."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LONGEST_FIRST.index(folder_of(item)))
    files = [list(tests) for _, tests in groupby(items, key=lambda item: item.path)]
    waiting = [tests for tests in files if folder_of(tests[0]) in WAITING]
    busy = [tests for tests in files if folder_of(tests[0]) not in WAITING]
    items[:] = [item for pair in zip_longest(waiting, busy, fillvalue=[]) for tests in pair for item in tests]
    for item in items:
        if folder_of(item) in ELSEWHERE:
            item.add_marker("no_cover")


@pytest.fixture(autouse=True)
def _no_settings_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's real token or key must never reach a test, nor what a test starts."""
    names = [*Settings.model_fields, *(f"{name}{SUFFIX}" for name in file_settings(Settings)), "CREDENTIALS_DIRECTORY"]
    for name in names:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(autouse=True)
def _no_command_ids_of_another_test() -> None:
    """They belong to the process, and sentences with commands in them read differently once they are known."""
    remember_ids([])


@pytest.fixture(scope="session")
def needs() -> Callable[[object, str], None]:
    """`needs(shutil.which("chromium"), "chromium")`: skips the test where that is missing; on CI that is a failure.

    For what `.ci/run` can set up. What lies outside the checkout by nature (`../shared`) is skipped with `pytest.skip`.
    """

    def check(found: object, what: str) -> None:
        if found:
            return
        if os.environ.get("CI", "").lower() not in {"", "0", "false"}:
            pytest.fail(f"CI lacks {what}: .ci/run has to set it up", pytrace=False)
        pytest.skip(f"{what} is missing here")

    return check


class MigratedFile(bytes):
    """The bytes of a database. Hypothesis prints the arguments of a test that fails, and warns of long ones instead."""

    def __repr__(self) -> str:
        return "<a migrated database>"


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Migrating takes a tenth of a second: done once, and the file is copied."""
    path = tmp_path_factory.mktemp("migrated") / "remix.db"
    migrate(f"sqlite:///{path}")
    return MigratedFile(path.read_bytes())


@pytest.fixture(scope="session")
def postgresql(needs: Callable[[object, str], None]) -> Iterator[Cluster]:
    binaries = find_binaries()
    needs(binaries, "postgresql")
    with cluster(binaries) as running:
        running.run("CREATE DATABASE migrated")
        migrate(running.url("migrated"))
        yield running


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


@pytest.fixture
def bucket(s3: S3Server) -> Iterator[Bucket]:
    made = s3.bucket()
    yield made
    made.go_on()
