"""Processes with people who all ask at once, on a budget that is not enough for all: prints how many were accepted."""

import asyncio
import multiprocessing
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bot.rules.budgets import Period
from bot.rules.prices import Speed
from bot.storage.engine.database import Database
from bot.use_cases.remixes.submit_remix import Accepted
from tests.bench.storage import RULES_OF_BENCH, Gate
from tests.integration.made_bot import asker

# Importing takes most of a process's time, so it is done once.
_FORKED = multiprocessing.get_context("fork")


async def _ask(url: str, folder: Path, people: range, affordable: int, together: Callable[[], object]) -> int:
    rules = replace(RULES_OF_BENCH, ceilings={Period.DAY: affordable * RULES_OF_BENCH.reservation(Speed.DEFAULT)})
    database = Database(url)
    try:
        gate = Gate.on(database, folder, rules)
        together()
        outcomes = await asyncio.gather(*(gate.ask(asker(number, interaction_id=number)) for number in people))
    finally:
        database.close()
    return sum(isinstance(outcome, Accepted) for outcome in outcomes)


def main(url: str, folder: str, processes: int, each: int, affordable: int) -> None:
    barrier, answers = _FORKED.Barrier(processes), _FORKED.SimpleQueue()

    def ask(first: int) -> None:
        people = range(first, first + each)
        answers.put(asyncio.run(_ask(url, Path(folder), people, affordable, barrier.wait)))

    running = [_FORKED.Process(target=ask, args=(1 + number * each,)) for number in range(processes)]
    for process in running:
        process.start()
    for process in running:
        process.join()
    if any(process.exitcode for process in running):
        sys.exit("not all could ask")
    sys.stdout.write(f"{sum(answers.get() for _ in running)}\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
