"""A PostgreSQL server of the tests' own: in a temporary folder, reached by a socket there, without a port."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path

import psycopg

_BINARIES = "/usr/lib/postgresql/*/bin"
_OPTIONS = "-c listen_addresses='' -c max_connections=100 -c shared_buffers=32MB"
_QUICK = "-c fsync=off -c full_page_writes=off -c autovacuum=off"
"""Survives a crash of the server, and not one of the machine. Without synchronous_commit it would survive neither.
With many databases, autovacuum starts a process ten times a second."""

_EMPTY = """
SET lock_timeout = '1s';
SET session_replication_role = replica;
DO $$
DECLARE found record; is_filled boolean;
BEGIN
    FOR found IN
        SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', found.name) INTO is_filled;
        IF is_filled THEN
            EXECUTE format('DELETE FROM %I', found.name);
        END IF;
    END LOOP;
    PERFORM setval(format('%I', sequencename)::regclass, 1, false)
        FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
    INSERT INTO queue (id) VALUES (1);
END $$;
"""
"""What a migration puts into an empty database is the one row of `queue`."""

_SCHEMA = """
SELECT (SELECT version_num FROM alembic_version), count(*), sum(attnum)
FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid WHERE relnamespace = 'public'::regnamespace
"""


def find_binaries() -> Path | None:
    """The newest version that is installed."""
    found = sorted(Path("/").glob(_BINARIES.lstrip("/")), key=lambda folder: float(folder.parent.name))
    on_path = shutil.which("initdb")
    return found[-1] if found else Path(on_path).parent if on_path else None


@dataclass(frozen=True, slots=True, eq=False)
class Cluster:
    """`clean`: databases that are as `migrated` is, for the next test. `cleaners`: a connection to each."""

    folder: Path
    names: "count[int]"
    control: tuple[object, ...]
    options: str
    clean: list[str] = field(default_factory=list)
    cleaners: dict[str, psycopg.Connection] = field(default_factory=dict)

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

    @contextmanager
    def lend(self) -> Iterator[str]:
        """A migrated database without rows, for one test. Making one takes six times as long as emptying one."""
        name = self.clean.pop() if self.clean else self.create("migrated")
        yield name
        try:
            self._empty(name)
        except psycopg.Error:
            # The test has stopped the server, or has left something open or changed: nobody gets it again.
            if name in self.cleaners:
                self.cleaners.pop(name).close()
        else:
            self.clean.append(name)

    def _empty(self, name: str) -> None:
        # A connection that stays open knows the tables already: a new one takes several times the server's time.
        if name not in self.cleaners:
            self.cleaners[name] = psycopg.connect(self.url(name), autocommit=True)
        connection = self.cleaners[name]
        if connection.execute(_SCHEMA).fetchone() != self._schema():
            raise psycopg.DataError("the test has changed its tables")
        connection.execute(_EMPTY)

    @cache  # noqa: B019 - there is one cluster in a process, or a few
    def _schema(self) -> object:
        """Of `migrated`, to which nobody may be connected when it is copied: it is read once."""
        with psycopg.connect(self.url("migrated"), autocommit=True) as connection:
            return connection.execute(_SCHEMA).fetchone()

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
            for cleaner in running.cleaners.values():
                cleaner.close()
            running.stop()


def _run(*command: object) -> None:
    subprocess.run([*map(str, command)], check=True, stdout=subprocess.DEVNULL, cwd="/")  # noqa: S603 - our own command
