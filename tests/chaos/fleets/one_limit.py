"""One limit of calls, kept by several workers that are killed again and again, with calls longer than the lease.

`python -m tests.chaos.fleets.one_limit --kills 10 --seed 1`: ten slots, four workers, one killed every 3 s.
"""

import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import psycopg

from bot.rules.generations import IdeogramApi
from tests.chaos.fleets.fleet import LEASE_S, Fleet, Outcome, open_fleet, pause
from tests.chaos.fleets.ground import options, told
from tests.chaos.forked_bots import Nest
from tests.postgresql_cluster import Cluster

SLOTS = 10
WORKERS = 4
EVERY_S = 3.0
CALL_S = 2.5 * LEASE_S
BEAT_S = LEASE_S / 4
LOOKS_EVERY_S = 0.1
# In use is also a call whose process died before it had an answer: Ideogram may still be at it. The work of a dead
# process waits until its row is gone.
_ALL_IN_USE = f"""
    WITH clock AS (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now)
    SELECT (SELECT count(*) FROM jobs WHERE state = 'queued') = 0
        OR (SELECT coalesce(sum(images), 0) FROM jobs WHERE state = 'generating')
            + (SELECT coalesce(sum(images), 0) FROM lost_calls, clock WHERE until > now) >= %s
        AND NOT EXISTS (SELECT FROM processes, clock WHERE beat_at < now - {int(2 * BEAT_S * 1_000_000)})
    """  # noqa: S608 - numbers of this file


@dataclass(frozen=True, slots=True)
class Kept:
    """`most` calls were in flight at once at Ideogram.

    `again_s`: from each kill until the dead process's work was taken over and all slots were in use, for good.
    """

    kills: int
    slots: int
    most: int
    again_s: Sequence[float]
    outcome: Outcome

    @property
    def is_harmless(self) -> bool:
        return self.most <= self.slots and self.outcome.is_harmless

    def __str__(self) -> str:
        latest = max(self.again_s, default=0.0)
        return (
            f"{self.kills} kills, a limit of {self.slots}: at most {self.most} calls at once, all slots in use again "
            f"after {latest:.1f} s at the latest (lease {LEASE_S} s, beat {BEAT_S} s); {self.outcome}"
        )


class Looks:
    """Looks at the tables all the time. `seen` has the moments, and whether all slots were in use."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, bool]] = []

    @asynccontextmanager
    async def at(self, url: str, slots: int) -> AsyncIterator[None]:
        looking = asyncio.create_task(self._look(url, slots))
        try:
            yield
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    async def _look(self, url: str, slots: int) -> None:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            while True:
                row = await (await connection.execute(_ALL_IN_USE.encode(), [slots])).fetchone()
                self.seen.append((time.monotonic(), bool(row and row[0])))
                await pause(LOOKS_EVERY_S)

    def again_after(self, begin: float, end: float) -> float:
        """Seconds from `begin` to the last look before `end` at which not all were in use."""
        return max((at - begin for at, are_all in self.seen if begin <= at < end and not are_all), default=0.0)


async def keep_limit(fleet: Fleet, *, kills: int, seed: int, slots: int, workers: int, every_s: float) -> Kept:
    """A gateway takes the remixes and lives. There are always more than there are slots."""
    chosen = random.Random(seed)  # noqa: S311 - repeatable, not secret
    await fleet.start("gateway", *["worker"] * workers)
    killed_at: list[float] = []
    await _ask_ahead(fleet, slots)
    await fleet.until(lambda: fleet.ideogram.in_flight >= slots, "all slots in use")
    looks = Looks()
    async with looks.at(fleet.url, slots):
        for _ in range(kills):
            killed_at.append(time.monotonic())
            await fleet.replace(chosen.choice([member for member in fleet.members if member.role == "worker"]))
            await _ask_ahead(fleet, slots)
            await pause(max(0.0, every_s - (time.monotonic() - killed_at[-1])))
        killed_at.append(time.monotonic())
    await fleet.until_all_is_told()
    again = [looks.again_after(begin, end) for begin, end in pairwise(killed_at)]
    return Kept(kills, slots, fleet.ideogram.peak_in_flight, again, fleet.outcome())


async def _ask_ahead(fleet: Fleet, slots: int) -> None:
    ((waiting,),) = fleet.rows("SELECT count(*) FROM jobs WHERE state = 'queued'")
    for _ in range(3 * slots - waiting):
        await fleet.remix()


async def limit_run(folder: Path, cluster: Cluster, nest: Nest, *, api: IdeogramApi, kills: int, seed: int) -> Kept:
    limits = {"IDEOGRAM_API": api, "IDEOGRAM_MAX_IN_FLIGHT": SLOTS, "IDEOGRAM_TIMEOUT_S": CALL_S + 1}
    async with open_fleet(folder, cluster, nest, latency_s=CALL_S, **limits) as fleet:
        return await keep_limit(fleet, kills=kills, seed=seed, slots=SLOTS, workers=WORKERS, every_s=EVERY_S)


def main() -> int:
    parser = options("one_limit", __doc__, with_api=True)
    parser.add_argument("--kills", type=int, default=10)
    asked = parser.parse_args()
    run = partial(limit_run, api=asked.api, kills=asked.kills, seed=asked.seed)
    return told(f"one limit, {asked.api}", asked.seed, run)


if __name__ == "__main__":
    sys.exit(main())
