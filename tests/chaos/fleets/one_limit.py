"""One limit of calls, kept by several workers that are killed again and again, with calls longer than the lease.

`python -m tests.chaos.fleets.one_limit --kills 10 --seed 1`: ten slots, four workers, one killed every 3 s.
"""

import argparse
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.rules.generations import IdeogramApi
from tests.chaos.fleets.fleet import LEASE_S, Fleet, Outcome, open_fleet, pause
from tests.chaos.fleets.ground import told
from tests.chaos.forked_bots import Nest
from tests.postgresql_cluster import Cluster

SLOTS = 10
WORKERS = 4
EVERY_S = 3.0
CALL_S = 2.5 * LEASE_S
BEAT_S = LEASE_S / 4
ASKED_AHEAD = 3 * SLOTS


@dataclass(frozen=True, slots=True)
class Kept:
    """`most` calls were in flight at once. `again_s`: from each kill until all slots were in use again."""

    kills: int
    slots: int
    most: int
    again_s: Sequence[float]
    outcome: Outcome

    @property
    def is_harmless(self) -> bool:
        return self.most <= self.slots and self.outcome.is_harmless

    def __str__(self) -> str:
        longest = max(self.again_s, default=0.0)
        return (
            f"{self.kills} kills, a limit of {self.slots}: at most {self.most} calls at once, all slots in use again "
            f"after {longest:.1f} s at the latest; {self.outcome}"
        )


async def keep_limit(fleet: Fleet, *, kills: int, seed: int, slots: int, workers: int, every_s: float) -> Kept:
    """A gateway takes the remixes and lives. There are always more than there are slots."""
    chosen = random.Random(seed)  # noqa: S311 - repeatable, not secret
    await fleet.start("gateway", *["worker"] * workers)
    killed_at: list[float] = []
    await _ask_ahead(fleet, slots)
    await fleet.until(lambda: fleet.ideogram.in_flight >= slots, "all slots in use")
    for _ in range(kills):
        victim = chosen.choice([member for member in fleet.members if member.role == "worker"])
        await fleet.replace(victim)
        killed_at.append(time.monotonic())
        await _ask_ahead(fleet, slots)
        await pause(max(0.0, every_s - (time.monotonic() - killed_at[-1])))
    await fleet.until_all_is_told()
    again = [_full_again(fleet, at, slots) for at in killed_at]
    return Kept(
        kills, slots, fleet.ideogram.peak_in_flight, [each for each in again if each is not None], fleet.outcome()
    )


async def _ask_ahead(fleet: Fleet, slots: int) -> None:
    ((waiting,),) = fleet.rows("SELECT count(*) FROM jobs WHERE state = 'queued'")
    for _ in range(3 * slots - waiting):
        await fleet.remix()


def _full_again(fleet: Fleet, killed_at: float, slots: int) -> float | None:
    """Seconds from the kill until as many calls are in flight as there are slots. None: they never were."""
    history = fleet.ideogram.history
    lowered = next((at for at, number in history if at >= killed_at and number < slots), None)
    if lowered is None:
        return 0.0
    return next((at - killed_at for at, number in history if at >= lowered and number >= slots), None)


async def limit_run(
    folder: Path, cluster: Cluster, nest: Nest, *, api: IdeogramApi, kills: int, seed: int, every_s: float = EVERY_S
) -> Kept:
    limits = {"IDEOGRAM_API": api, "IDEOGRAM_MAX_IN_FLIGHT": SLOTS, "IDEOGRAM_TIMEOUT_S": CALL_S + 1}
    async with open_fleet(folder, cluster, nest, latency_s=CALL_S, **limits) as fleet:
        return await keep_limit(fleet, kills=kills, seed=seed, slots=SLOTS, workers=WORKERS, every_s=every_s)


def main() -> int:
    parser = argparse.ArgumentParser(prog="one_limit", description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--api", choices=list(IdeogramApi), default=IdeogramApi.V2)
    asked = parser.parse_args()
    run = partial(limit_run, api=IdeogramApi(asked.api), kills=asked.kills, seed=asked.seed)
    return told(f"one limit, {asked.api}", asked.seed, run)


if __name__ == "__main__":
    sys.exit(main())
