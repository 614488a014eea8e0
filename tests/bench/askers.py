"""A process with people who all ask at once, on a budget that is not enough for all: says how many were accepted."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from bot.rules.budgets import Period
from bot.rules.prices import Speed
from bot.storage.engine.database import Database
from bot.use_cases.remixes.submit_remix import Accepted
from tests.bench.storage import RULES_OF_BENCH, Gate
from tests.integration.made_bot import asker


async def ask(url: str, folder: Path, first: int, count: int, affordable: int) -> int:
    """Waits for a line on stdin, so that several processes ask together."""
    rules = replace(RULES_OF_BENCH, ceilings={Period.DAY: affordable * RULES_OF_BENCH.reservation(Speed.DEFAULT)})
    database = Database(url)
    try:
        gate = Gate.on(database, folder, rules)
        sys.stdout.write("\n")
        sys.stdout.flush()
        sys.stdin.readline()
        people = [asker(number, interaction_id=number) for number in range(first, first + count)]
        outcomes = await asyncio.gather(*map(gate.ask, people))
    finally:
        database.close()
    return sum(isinstance(outcome, Accepted) for outcome in outcomes)


if __name__ == "__main__":
    url_, folder_, *numbers = sys.argv[1:]
    sys.stdout.write(f"{asyncio.run(ask(url_, Path(folder_), *map(int, numbers)))}\n")
