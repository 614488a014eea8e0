"""A day's budget that several processes spend at once: how many remixes it buys."""

import asyncio
import sys
from collections.abc import Sequence

from bot.storage.engine.read_only import read_snapshot
from bot.use_cases.operator.audit_ledger import audit
from tests.bench.figures import Bench, Figure, Target
from tests.bench.server import open_server
from tests.meta.source_files import ROOT

PROCESSES = 4


async def measure(bench: Bench) -> Sequence[Figure]:
    affordable = bench.counts.affordable
    each = 2 * affordable // PROCESSES
    accepted: list[int] = []
    violations = 0
    with open_server(bench) as server:
        for _ in range(bench.counts.budget_rounds):
            url = server.url(server.create("migrated"))
            accepted.append(await _ask_all(url, bench, each, affordable))
            violations += len(read_snapshot(url, audit).violations)
    worst = max(accepted, key=lambda number: abs(number - affordable))
    what = (
        f"remixes that a budget for {affordable} buys, with {each * PROCESSES} who ask at once in {PROCESSES} processes"
    )
    told = [f"{len(accepted)} times on a new database: {', '.join(map(str, accepted))} accepted; audit clean"]
    broken = f"{violations} violations" if violations else ""
    return [Figure(what, worst, "remixes", Target(at_most=affordable, at_least=affordable), told, broken)]


async def _ask_all(url: str, bench: Bench, each: int, affordable: int) -> int:
    asking = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.askers", url, bench.folder, *map(str, (PROCESSES, each, affordable))),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await asking.communicate()
    return int(out)
