"""What a run from the command line stands on: its own PostgreSQL, a folder, and the process that bots fork from."""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from bot.rules.generations import IdeogramApi
from bot.storage.engine.migrations import migrate
from tests.chaos.forked_bots import RUN, Nest, nest_process
from tests.postgresql_cluster import Cluster, cluster, find_binaries

IMPORTS = (*RUN, "psycopg", "sqlalchemy.dialects.postgresql.psycopg")


class Result(Protocol):
    """Its text goes into the one line about a run."""

    @property
    def is_harmless(self) -> bool: ...


def options(program: str, about: str | None, *, with_api: bool = False) -> argparse.ArgumentParser:
    """What every run can be asked for: its seed, and with `with_api` Ideogram's API."""
    parser = argparse.ArgumentParser(prog=program, description=about)
    parser.add_argument("--seed", type=int, default=1)
    if with_api:
        parser.add_argument("--api", choices=list(IdeogramApi), type=IdeogramApi, default=IdeogramApi.V1)
    return parser


def told(name: str, seed: int, run: Callable[[Path, Cluster, Nest], Awaitable[Result]]) -> int:
    """Runs it, and prints the one line about it. Returns the exit code. Exits where PostgreSQL is missing."""
    began, result = time.monotonic(), _on_own_ground(run)
    verdict = "ok" if result.is_harmless else "HARM DONE"
    sys.stdout.write(f"{name}: {result}; seed {seed}, {time.monotonic() - began:.0f} s: {verdict}\n")
    sys.stdout.flush()
    return 0 if result.is_harmless else 1


def _on_own_ground(run: Callable[[Path, Cluster, Nest], Awaitable[Result]]) -> Result:
    binaries = find_binaries()
    if binaries is None:
        sys.exit("Needed: PostgreSQL (Debian: apt-get install postgresql)")
    # It tells of every request that a killed bot did not finish.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder, nest_process(*IMPORTS) as link, cluster(binaries) as running:
        running.run("CREATE DATABASE migrated")
        migrate(running.url("migrated"))

        async def main() -> Result:
            return await run(Path(folder), running, Nest(link))

        return asyncio.run(main())
