"""A PostgreSQL server of the bench's own, whose commits wait for the disk."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.storage.engine.migrations import migrate
from tests.bench.figures import Bench
from tests.postgresql_cluster import Cluster, cluster, find_binaries


@contextmanager
def open_server(bench: Bench) -> Iterator[Cluster]:
    """With `migrated`, a database to copy. Raises FileNotFoundError where PostgreSQL is missing."""
    if bench.server is not None:
        yield bench.server
        return
    binaries = find_binaries()
    if binaries is None:
        raise FileNotFoundError("PostgreSQL (Debian: apt-get install postgresql)")
    with cluster(binaries, is_durable=True) as server:
        server.run("CREATE DATABASE migrated")
        migrate(server.url("migrated"))
        yield server
