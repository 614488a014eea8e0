"""Processes are stopped for longer than their lease and then go on: others have their work by then.

`python -m tests.chaos.fleets.split_brain --freezes 40 --seed 1`: a gateway and three workers, SIGSTOP and SIGCONT.
"""

import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.rules.generations import IdeogramApi
from tests.chaos.fleets.fleet import LEASE_S, Fleet, Member, Outcome, open_fleet, pause
from tests.chaos.fleets.ground import options, told
from tests.chaos.forked_bots import Nest
from tests.postgresql_cluster import Cluster

ROLES = ("gateway", "worker", "worker", "worker")
CALL_S = 1.5
ASKED_EACH = (2, 6)
AT_RANDOM = 0.3
"""The share of freezes that may meet any process, the gateway too."""
TAKEN_OVER_AFTER_S = LEASE_S * 1.5
LONGEST_MORE_S = 1.0


@dataclass(frozen=True, slots=True)
class Thawed:
    """`taken_over` calls were parked while their process was frozen; `late` answers came afterwards and were kept."""

    freezes: int
    taken_over: int
    late: int
    outcome: Outcome

    @property
    def is_harmless(self) -> bool:
        """Every answer arrives in the end, so nothing may stay parked."""
        return self.outcome.is_harmless and self.outcome.parked == 0

    def __str__(self) -> str:
        return (
            f"{self.freezes} freezes past the lease, {self.taken_over} jobs parked meanwhile, {self.late} late answers "
            f"kept; {self.outcome}"
        )


class SplitBrain:
    """Mostly the one is frozen that has a job in its hands."""

    def __init__(self, fleet: Fleet, seed: int) -> None:
        self._fleet = fleet
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._by_lease: dict[str, Member] = {}

    async def run(self, freezes: int, roles: Sequence[str] = ROLES) -> Thawed:
        for role in roles:
            await self._join(role)
        for _ in range(freezes):
            for _ in range(self._random.randint(*ASKED_EACH)):
                await self._fleet.remix()
            await pause(self._random.uniform(0, 1.5 * CALL_S))
            victim = self._victim()
            self._fleet.freeze(victim)
            await pause(TAKEN_OVER_AFTER_S + self._random.uniform(0, LONGEST_MORE_S))
            self._fleet.thaw(victim)
        # The next line alone would not wait for late answers: people already know that their remix is parked.
        await self._fleet.until(lambda: not self._fleet.rows(_STILL_PARKED), "the late answers")
        await self._fleet.until_all_is_told()
        return Thawed(freezes, self._events(_PARKED), self._events(_LATE), self._fleet.outcome())

    async def _join(self, role: str) -> None:
        (member,) = await self._fleet.start(role)
        (lease,) = {row[0] for row in self._fleet.rows("SELECT lease FROM processes")} - self._by_lease.keys()
        self._by_lease[lease] = member

    def _victim(self) -> Member:
        if self._random.random() < AT_RANDOM:
            return self._random.choice(self._fleet.members)
        held = "SELECT lease FROM jobs WHERE lease IS NOT NULL ORDER BY state <> 'generating', random()"
        holders = [self._by_lease[row[0]] for row in self._fleet.rows(held)]
        return holders[0] if holders else self._random.choice(self._fleet.members)

    def _events(self, which: str) -> int:
        # The condition is a word of this file.
        ((count,),) = self._fleet.rows(f"SELECT count(*) FROM job_events WHERE {which}")  # noqa: S608 - see above
        return count


_STILL_PARKED = "SELECT id FROM jobs WHERE state = 'outcome_unknown'"
_PARKED = "from_state = 'generating' AND to_state = 'outcome_unknown'"
_LATE = "from_state = 'outcome_unknown' AND to_state = 'generated'"


async def split_run(folder: Path, cluster: Cluster, nest: Nest, *, freezes: int, seed: int, api: IdeogramApi) -> Thawed:
    async with open_fleet(folder, cluster, nest, latency_s=CALL_S, IDEOGRAM_API=api) as fleet:
        return await SplitBrain(fleet, seed).run(freezes)


def main() -> int:
    parser = options("split_brain", __doc__, with_api=True)
    parser.add_argument("--freezes", type=int, default=40)
    asked = parser.parse_args()
    run = partial(split_run, api=asked.api, freezes=asked.freezes, seed=asked.seed)
    return told(f"split brain, {asked.api}", asked.seed, run)


if __name__ == "__main__":
    sys.exit(main())
