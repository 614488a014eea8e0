"""The durable acceptance of a crowd with its whole gate, beside an async ORM, and beside queues that only enqueue."""

import asyncio
import importlib
import time
from collections.abc import Callable, Sequence
from statistics import median

from tests.bench.figures import Bench, Figure, Target, spread
from tests.bench.storage import FreshDatabases, Gate, somebody

_ORM = "async ORM over aiosqlite"
_CONNECTIONS = (1, 5)
"""What the rival's pool may hold: one connection, so that nobody waits for a lock, or the library's default."""


async def measure(bench: Bench) -> Sequence[Figure]:
    """Raises ImportError where the rivals are not installed (requirements/bench.txt)."""
    people, room = bench.counts.accepted_at_once, bench.room("acceptance")
    databases = FreshDatabases(room)
    took: dict[str, list[float]] = {}
    for number in range(bench.counts.accept_rounds):
        took.setdefault("ours", []).append(await _ours(databases, people, bench))
        for connections in _CONNECTIONS:
            name = f"{_ORM}, {connections} connections"
            took.setdefault(name, []).append(await _orm(databases, people, connections))
        for name, enqueue in _bare_queues(bench, number):
            took.setdefault(name, []).append(_timed(enqueue, people))
    ours, rivals = took.pop("ours"), {name: took.pop(name) for name in list(took) if name.startswith(_ORM)}
    best = min(rivals, key=lambda name: median(rivals[name]))
    ratio = median(theirs / mine for mine, theirs in zip(ours, rivals[best], strict=True))
    told = [f"{name}: {spread(each)}" for name, each in (("ours", ours), *rivals.items(), *took.items())]
    what = f"durable acceptance with the whole gate, {people} at once, faster than the same statements as {_ORM}"
    return [Figure(what, ratio, "times", Target(at_least=20), told)]


async def _ours(databases: FreshDatabases, people: int, bench: Bench) -> float:
    with databases.open() as database:
        gate = Gate.on(database, bench.folder)
        await gate.accept(somebody(0))
        began = time.perf_counter()
        await asyncio.gather(*(gate.accept(somebody(number + 1)) for number in range(people)))
        return (time.perf_counter() - began) * 1000


async def _orm(databases: FreshDatabases, people: int, connections: int) -> float:
    rival = importlib.import_module("tests.bench.orm_rival")
    async with rival.open_sessions(databases.path(), connections) as sessions:
        await rival.accept(sessions, somebody(0))
        began = time.perf_counter()
        await asyncio.gather(*(rival.accept(sessions, somebody(number + 1)) for number in range(people)))
        return (time.perf_counter() - began) * 1000


def _bare_queues(bench: Bench, number: int) -> list[tuple[str, Callable[[], object]]]:
    """They store some bytes, one commit each, and ask nothing."""
    folder = bench.room(f"queues-{number}")
    huey = importlib.import_module("huey.storage").SqliteStorage(filename=str(folder / "huey.db"), fsync=True)
    persist = importlib.import_module("persistqueue").SQLiteQueue(str(folder / "persist"), auto_commit=True)
    payload = bytes(300)
    return [
        ("bare enqueue, huey with fsync", lambda: huey.enqueue(payload)),
        ("bare enqueue, persist-queue", lambda: persist.put(payload)),
    ]


def _timed(enqueue: Callable[[], object], count: int) -> float:
    enqueue()
    began = time.perf_counter()
    for _ in range(count):
        enqueue()
    return (time.perf_counter() - began) * 1000
