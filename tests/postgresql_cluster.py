"""A PostgreSQL server of the tests' own: in a temporary folder, reached by a socket there, without a port."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg

_BINARIES = "/usr/lib/postgresql/*/bin"
_OPTIONS = "-c listen_addresses='' -c max_connections=100 -c shared_buffers=32MB"
_QUICK = "-c fsync=off -c full_page_writes=off"
"""Survives a crash of the server, and not one of the machine."""


def find_binaries() -> Path | None:
    """The newest version that is installed."""
    found = sorted(Path("/").glob(_BINARIES.lstrip("/")), key=lambda folder: float(folder.parent.name))
    on_path = shutil.which("initdb")
    return found[-1] if found else Path(on_path).parent if on_path else None


@dataclass(frozen=True, slots=True)
class Cluster:
    """`template` is what new databases are copied from; it is migrated once."""

    folder: Path
    names: "count[int]"
    control: tuple[object, ...]
    options: str

    def url(self, name: str) -> str:
        return f"postgresql://bot@/{name}?host={self.folder}"

    def stop(self) -> None:
        """At once, as by a crash."""
        _run(*self.control, "-m", "immediate", "stop")

    def start(self) -> None:
        _run(*self.control, "-o", f"{self.options} -k {self.folder}", "start")

    def restart(self) -> None:
        self.stop()
        self.start()

    def run(self, sql: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.encode())

    def create(self, template: str = "template1") -> str:
        """A new database. Returns its name."""
        name = f"test{next(self.names)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name


@contextmanager
def cluster(binaries: Path, *, is_durable: bool = False) -> Iterator[Cluster]:
    """Root cannot run PostgreSQL, so the server then runs as the user `postgres`.

    `is_durable`: each COMMIT waits for the disk, as an operator's does.
    """
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    # A short path: a socket's can have 107 characters.
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as made:
        folder = Path(made)
        if as_user:
            shutil.chown(folder, "postgres")
        data = folder / "data"
        _run(*as_user, binaries / "initdb", "-D", data, "-A", "trust", "-U", "bot", "-E", "UTF8", "--no-sync")
        control = (*as_user, binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "log")
        options = _OPTIONS if is_durable else f"{_OPTIONS} {_QUICK}"
        running = Cluster(folder, count(1), control, options)
        running.start()
        try:
            yield running
        finally:
            running.stop()


def _run(*command: object) -> None:
    subprocess.run([*map(str, command)], check=True, stdout=subprocess.DEVNULL, cwd="/")  # noqa: S603 - our own command
