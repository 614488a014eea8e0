"""What a run from the command line stands on: a PostgreSQL of its own, a folder, and the process that bots fork from."""

import asyncio
import logging
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from bot.storage.engine.migrations import migrate
from tests.chaos.forked_bots import RUN, Nest, nest_process
from tests.postgresql_cluster import Cluster, cluster, find_binaries

T = TypeVar("T")
IMPORTS = (*RUN, "psycopg", "sqlalchemy.dialects.postgresql.psycopg")


def on_own_ground(run: Callable[[Path, Cluster, Nest], Awaitable[T]]) -> T:
    """Exits with a sentence where PostgreSQL is missing."""
    binaries = find_binaries()
    if binaries is None:
        sys.exit("Needed: PostgreSQL (Debian: apt-get install postgresql)")
    # It tells of every request that a killed bot did not finish.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder, nest_process(*IMPORTS) as link, cluster(binaries) as running:
        running.run("CREATE DATABASE migrated")
        migrate(running.url("migrated"))

        async def main() -> T:
            return await run(Path(folder), running, Nest(link))

        return asyncio.run(main())
