"""One limit of calls, kept by several workers that are killed again and again, with calls longer than the lease.

`python -m tests.chaos.fleets.one_limit --kills 10 --seed 1`: ten slots, four workers, one killed every 3 s.
"""

import asyncio
import random
import statistics
import sys
import time
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
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
# In use is also a call whose process died before it had an answer: Ideogram may still be at it.
_LOOK = """
    WITH clock AS (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now)
    SELECT (SELECT count(*) FROM jobs WHERE state = 'queued') = 0
        OR (SELECT coalesce(sum(images), 0) FROM jobs WHERE state = 'generating')
            + (SELECT coalesce(sum(images), 0) FROM lost_calls, clock WHERE until > now) >= %s,
        ARRAY(SELECT pid FROM processes)
    """


@dataclass(frozen=True, slots=True)
class Kept:
    """`most` calls were in flight at once at Ideogram.

    `again_s`: from each kill until the dead process's work was taken over and all slots were in use. `free_s`: for how
    long one was free at a time after that, at most, because a call had ended and the next one had not begun yet.
    """

    kills: int
    slots: int
    most: int
    again_s: Sequence[float]
    free_s: Sequence[float]
    outcome: Outcome

    @property
    def is_harmless(self) -> bool:
        return self.most <= self.slots and self.outcome.is_harmless

    def __str__(self) -> str:
        median, latest = statistics.median(self.again_s), max(self.again_s)
        return (
            f"{self.kills} kills, a limit of {self.slots}: at most {self.most} calls at once, all slots in use again "
            f"after {median:.2f} s at the median, {latest:.2f} s at the latest (lease {LEASE_S} s, beat {BEAT_S} s), "
            f"then one free for {max(self.free_s):.2f} s at most; {self.outcome}"
        )


@dataclass(frozen=True, slots=True)
class Look:
    """What the tables said at a moment. `members`: the numbers of the processes that have a row."""

    at: float
    are_all_in_use: bool
    members: Collection[int]


@dataclass(frozen=True, slots=True)
class Kill:
    """`member`: the number of the process that was killed."""

    at: float
    member: int


class Looks:
    """Looks at the tables all the time."""

    def __init__(self) -> None:
        self.seen: list[Look] = []

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
                row = await (await connection.execute(_LOOK.encode(), [slots])).fetchone()
                assert row is not None
                self.seen.append(Look(time.monotonic(), *row))
                await pause(LOOKS_EVERY_S)

    def after(self, kill: Kill, end: float) -> tuple[float, float]:
        """What `Kept` has of a kill: `again_s` and `free_s`, as far as it was seen before `end`."""
        seen = [look for look in self.seen if kill.at <= look.at < end]
        again = (look.at for look in seen if look.are_all_in_use and kill.member not in look.members)
        full_at = again_at = next(again, end)
        free_s = 0.0
        for look in seen:
            if look.at <= again_at or look.are_all_in_use:
                full_at = look.at
            else:
                free_s = max(free_s, look.at - full_at)
        return again_at - kill.at, free_s


async def keep_limit(fleet: Fleet, *, kills: int, seed: int, slots: int, workers: int, every_s: float) -> Kept:
    """A gateway takes the remixes and lives. There are always more than there are slots."""
    chosen = random.Random(seed)  # noqa: S311 - repeatable, not secret
    await fleet.start("gateway", *["worker"] * workers)
    made: list[Kill] = []
    await _ask_ahead(fleet, slots)
    await fleet.until(lambda: fleet.ideogram.in_flight >= slots, "all slots in use")
    looks = Looks()
    async with looks.at(fleet.url, slots):
        for _ in range(kills):
            dead = chosen.choice([member for member in fleet.members if member.role == "worker"])
            made.append(Kill(time.monotonic(), dead.bot.process.pid))
            await fleet.replace(dead)
            await _ask_ahead(fleet, slots)
            await pause(max(0.0, every_s - (time.monotonic() - made[-1].at)))
        ended_at = time.monotonic()
    await fleet.until_all_is_told()
    ends = [*(kill.at for kill in made[1:]), ended_at]
    again_s, free_s = zip(*map(looks.after, made, ends), strict=True)
    return Kept(kills, slots, fleet.ideogram.peak_in_flight, again_s, free_s, fleet.outcome())


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
