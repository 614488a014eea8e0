"""The durable acceptance of a crowd on PostgreSQL with its whole gate, beside the same statements as async ORM."""

import asyncio
import importlib
import time
from collections.abc import Sequence
from statistics import median

from bot.storage.engine.database import Database
from tests.bench.figures import Bench, Figure, Target, spread
from tests.bench.server import open_server
from tests.bench.storage import Gate, somebody

_CONNECTIONS = (1, 5)
"""What the rival's pool may hold: one connection, so that nobody waits for a lock, or the library's default."""


async def measure(bench: Bench) -> Sequence[Figure]:
    people, took = bench.counts.accepted_at_once, dict[str, list[float]]()
    with open_server(bench) as server:
        for _ in range(bench.counts.accept_rounds):
            took.setdefault("ours", []).append(await _ours(server.url(server.create("migrated")), people, bench))
            for connections in _CONNECTIONS:
                url = server.url(server.create("migrated"))
                name = f"async ORM over psycopg, {connections} connections"
                took.setdefault(name, []).append(await _orm(url, people, connections))
    ours = took.pop("ours")
    best = min(took, key=lambda name: median(took[name]))
    ratio = median(theirs / mine for mine, theirs in zip(ours, took[best], strict=True))
    what = f"the same on PostgreSQL, {people} at once, faster than the same statements as async ORM there"
    told = [f"{name}: {spread(each)}" for name, each in (("ours", ours), *took.items())]
    return [Figure(what, ratio, "times", Target(at_least=2), told)]


async def _ours(url: str, people: int, bench: Bench) -> float:
    database = Database(url)
    try:
        gate = Gate.on(database, bench.folder)
        await gate.accept(somebody(0))
        began = time.perf_counter()
        await asyncio.gather(*(gate.accept(somebody(number + 1)) for number in range(people)))
        return (time.perf_counter() - began) * 1000
    finally:
        database.close()


async def _orm(url: str, people: int, connections: int) -> float:
    rival = importlib.import_module("tests.bench.orm_rival")
    async with rival.open_server_sessions(url, connections) as sessions:
        await rival.accept(sessions, somebody(0))
        began = time.perf_counter()
        await asyncio.gather(*(rival.accept(sessions, somebody(number + 1)) for number in range(people)))
        return (time.perf_counter() - began) * 1000
