"""Random histories of jobs and money on the real storage and use cases: whatever happened, the audit finds nothing.

The suite plays some of them; the long form is `python -m tests.chaos.ledger_histories --count 10000 --seed 1`. One
that breaks something is made as short as possible and shown. Every history is drawn anew: hypothesis mostly varies
those it had before, and never came to some of what MUST_REACH names.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from random import Random
from time import monotonic

import structlog
from sqlalchemy.engine import Connection

from bot.storage.engine.blobs.files import FileBlobs
from bot.storage.engine.blobs.store import BlobStore
from bot.storage.engine.database import Database
from bot.storage.engine.migrations import migrate
from bot.storage.engine.tables.remixes import metadata, queue
from tests.chaos.ledger_steps import BrokenError, History
from tests.integration.made_storage import Clock

Step = tuple[str, int]

_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own inside: nothing has to survive, and no disk is waited for

STEPS = {
    "accept": 8,
    "rush": 1,
    "settings": 1,
    "claim": 2,
    "begin": 3,
    "answer": 4,
    "refuse": 2,
    "hinder": 2,
    "lose_answer": 2,
    "lose_source": 1,
    "abandon": 1,
    "decide": 3,
    "cancel": 1,
    "wait": 3,
    "forget": 1,
    "crash": 2,
    "answer_late": 3,
    "fail_late": 1,
    "deliver": 5,
    "collect": 1,
    "delete": 1,
    "block": 1,
}
"""How often each comes. What it does is in `ledger_steps.py`; its number chooses who, how much, how it ends."""

MUST_REACH = (
    *("queued", "generating", "generated", "delivered", "cancelled", "outcome_unknown", "deleted"),
    *("failed: prompt_unsafe", "failed: request_rejected", "failed: all_withheld", "failed: queue_expired"),
    *("failed: outcome_written_off", "failed: result_lost", "failed: result_expired", "failed: source_lost"),
    *("failed: person_blocked", "money: reserved", "money: settled", "money: released", "money: unresolved"),
    *("money: unsure", "money: over the reservation", "refused: budget_day", "refused: budget_month"),
    *("rate_limited", "unreachable", "key_rejected", "out_of_credit", "crashed in a call", "decided: retried"),
    *("answered late: outcome_unknown to generated", "answered late: generating to generated"),
    *("answered late: queued to generated", "answered late: generated to generated"),
    *("failed late: outcome_unknown to queued", "failed late: generating to generating"),
)
"""A run that never sees one of these proves too little."""


@dataclass(slots=True)
class Played:
    """What came up in all of them. `missed`: what MUST_REACH names and nobody saw."""

    histories: int = 0
    steps: int = 0
    reached: Counter[str] = field(default_factory=Counter)

    @property
    def missed(self) -> list[str]:
        return [what for what in MUST_REACH if not self.reached[what]]


def history_of(seed: int) -> list[Step]:
    random = Random(seed)  # noqa: S311 - a repeatable history, no secret
    names = random.choices(list(STEPS), list(STEPS.values()), k=random.randint(8, 32))
    return [(name, random.randrange(10_000)) for name in names]


@contextmanager
def storage() -> Iterator[tuple[Database, BlobStore]]:
    """One database for all histories, emptied between them: SQLAlchemy compiles its statements once."""
    with tempfile.TemporaryDirectory(dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None) as folder:
        url = f"sqlite:///{Path(folder) / 'remix.db'}"
        migrate(url)
        blobs = FileBlobs(Path(folder) / "blobs")
        blobs.prepare()
        with closing(Database(url)) as database:
            yield database, blobs


def empty(connection: Connection) -> None:
    for table in reversed(metadata.sorted_tables):
        if table is not queue:
            connection.execute(table.delete())
    blank = {column.name: None for column in queue.c if column.nullable}
    connection.execute(queue.update().values(**blank))


async def play(steps: list[Step], database: Database, blobs: BlobStore, *, every_step: bool) -> Counter[str]:
    """What was reached. Raises BrokenError, and whatever else the bot raises."""
    await database.transaction(empty)
    history = History(database, blobs, Clock())
    for name, number in steps:
        await history.step(name, number)
        if every_step:
            await history.check()
    await history.check()
    await history.check_money()
    return history.reached + await history.states()


def play_histories(count: int, seed: int, *, every_step: bool, tell: Callable[[int], None] = lambda _n: None) -> Played:
    """Those of `count` seeds from `seed` on. Raises BrokenError with the shortest history that breaks an invariant."""
    played = Played()
    with asyncio.Runner() as runner, storage() as (database, blobs):

        def run(steps: list[Step]) -> Counter[str]:
            return runner.run(play(steps, database, blobs, every_step=every_step))

        for number in range(seed, seed + count):
            steps = history_of(number)
            try:
                played.reached += run(steps)
            except BrokenError as error:
                shortest, broken = shortened(steps, error, run)
                raise BrokenError(f"seed {number}, shortened to {shortest}: {broken}") from error
            played.histories += 1
            played.steps += len(steps)
            tell(played.histories)
    return played


def shortened(
    steps: list[Step], error: BrokenError, run: Callable[[list[Step]], object]
) -> tuple[list[Step], BrokenError]:
    """The steps without all that can be left out while something still breaks, and what breaks then."""
    for place in reversed(range(len(steps))):
        without = [*steps[:place], *steps[place + 1 :]]
        try:
            run(without)
        except BrokenError as still:
            steps, error = without, still
    return steps, error


def play_share(count: int, seed: int, every_step: bool) -> Played:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    begin = monotonic()

    def tell(histories: int) -> None:
        if histories % 500 == 0:
            sys.stderr.write(f"from {seed}: {histories} histories, {monotonic() - begin:.0f} s\n")

    return play_histories(count, seed, every_step=every_step, tell=tell)


def play_in_processes(count: int, seed: int, processes: int, *, every_step: bool) -> Played:
    shares = [count // processes + (number < count % processes) for number in range(processes)]
    seeds = [seed + sum(shares[:number]) for number in range(processes)]
    together = Played()
    with ProcessPoolExecutor(processes) as pool:
        for played in pool.map(play_share, shares, seeds, repeat(every_step)):
            together.histories += played.histories
            together.steps += played.steps
            together.reached += played.reached
    return together


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--every-step", action="store_true", help="audit after each step, not after each history")
    options = parser.parse_args()
    begin = monotonic()
    try:
        played = play_in_processes(options.count, options.seed, options.processes, every_step=options.every_step)
    except BrokenError as error:
        sys.stdout.write(f"{error}\n")
        return 1
    for what, often in sorted(played.reached.items()):
        sys.stdout.write(f"{often:>9}  {what}\n")
    sys.stdout.write("".join(f"never reached: {what}\n" for what in played.missed))
    sys.stdout.write(f"{played.histories} histories, {played.steps} steps, 0 violations, {monotonic() - begin:.0f} s\n")
    return 1 if played.missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
