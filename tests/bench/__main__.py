"""`python -m tests.bench`: takes every figure in one run, prints it, and writes docs/benchmarks.md.

`--only NAME` takes some, `--quick` does less of each; neither writes. Needs requirements/bench.txt and no network.
"""

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench import machine, report
from tests.bench.counts import FULL, QUICK
from tests.bench.figures import Bench, Figure, Measure
from tests.bench.measures import (
    acceptance,
    acceptance_postgresql,
    acknowledgement,
    claim,
    cpu,
    many_servers,
    memory,
    shared_budget,
    shared_limit,
    slots,
    stall,
    start,
    whole_job,
    words,
    workers,
)
from tests.meta.source_files import ROOT

FAMILIES: dict[str, Measure] = {
    "slots": slots.measure,
    "shared-limit": shared_limit.measure,
    "acknowledgement": acknowledgement.measure,
    "acceptance": acceptance.measure,
    "acceptance-postgresql": acceptance_postgresql.measure,
    "shared-budget": shared_budget.measure,
    "workers": workers.measure,
    "many-servers": many_servers.measure,
    "whole-job": whole_job.measure,
    "claim": claim.measure,
    "cpu": cpu.measure,
    "memory": memory.measure_growth,
    "large-pictures": memory.measure_large,
    "start": start.measure,
    "words": words.measure,
    # The last: it tells of the loads before it as well.
    "stall": stall.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=FAMILIES, metavar="NAME", help=", ".join(FAMILIES))
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    names = options.only or list(FAMILIES)
    # However it is ended, what it started ends too.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.default_int_handler)
    # Beside the checkout, so on a disk: elsewhere /tmp may lie in memory, where fsync costs nothing.
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=build))
    try:
        _run(Bench(folder, QUICK if options.quick else FULL), names, write=not (options.only or options.quick))
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(bench: Bench, names: Sequence[str], *, write: bool) -> None:
    began = time.monotonic()
    described = machine.describe(bench.folder)
    _say(described)
    figures: list[Figure] = []
    for name in names:
        taken = asyncio.run(_take(FAMILIES[name], bench))
        figures += taken
        for figure in taken:
            _say(report.lines_of(figure))
    took_s = time.monotonic() - began
    missed = [figure for figure in figures if figure.verdict.startswith("missed")]
    _say([f"{len(figures)} figures in {took_s / 60:.1f} minutes, {len(missed)} missed"])
    if write:
        report.write(report.table(figures, described, took_s))


async def _take(measure: Measure, bench: Bench) -> Sequence[Figure]:
    return await measure(bench)


def _say(lines: Sequence[str]) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
