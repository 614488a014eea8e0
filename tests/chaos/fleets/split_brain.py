"""Processes are stopped for longer than their lease and then go on: others have their work by then.

`python -m tests.chaos.fleets.split_brain --freezes 40 --seed 1`: a gateway and three workers, SIGSTOP and SIGCONT.
"""

import argparse
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.rules.generations import IdeogramApi
from tests.chaos.fleets.fleet import LEASE_S, Fleet, Outcome, open_fleet, pause
from tests.chaos.fleets.ground import told
from tests.chaos.forked_bots import Nest
from tests.postgresql_cluster import Cluster

ROLES = ("gateway", "worker", "worker", "worker")
CALL_S = 0.5
ASKED_EACH = (2, 6)
OF_GATEWAY = 0.15
"""The share of freezes that meet the gateway."""
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


async def freeze_and_thaw(fleet: Fleet, *, freezes: int, seed: int, roles: Sequence[str] = ROLES) -> Thawed:
    chosen = random.Random(seed)  # noqa: S311 - repeatable, not secret
    await fleet.start(*roles)
    for _ in range(freezes):
        for _ in range(chosen.randint(*ASKED_EACH)):
            await fleet.remix()
        of_gateway = chosen.random() < OF_GATEWAY
        victim = chosen.choice([each for each in fleet.members if (each.role == "worker") is not of_gateway])
        await pause(chosen.uniform(0, 2 * CALL_S))
        fleet.freeze(victim)
        await pause(TAKEN_OVER_AFTER_S + chosen.uniform(0, LONGEST_MORE_S))
        fleet.thaw(victim)
    await fleet.until_all_is_told()
    return Thawed(freezes, _events(fleet, "to_state = 'outcome_unknown'"), _events(fleet, _LATE), fleet.outcome())


_LATE = "from_state = 'outcome_unknown' AND to_state = 'generated'"


def _events(fleet: Fleet, which: str) -> int:
    # The condition is a word of this file.
    ((count,),) = fleet.rows(f"SELECT count(*) FROM job_events WHERE {which}")  # noqa: S608 - see above
    return count


async def split_run(folder: Path, cluster: Cluster, nest: Nest, *, freezes: int, seed: int, api: IdeogramApi) -> Thawed:
    async with open_fleet(folder, cluster, nest, latency_s=CALL_S, IDEOGRAM_API=api) as fleet:
        return await freeze_and_thaw(fleet, freezes=freezes, seed=seed)


def main() -> int:
    parser = argparse.ArgumentParser(prog="split_brain", description=__doc__)
    parser.add_argument("--freezes", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--api", choices=list(IdeogramApi), default=IdeogramApi.V1)
    asked = parser.parse_args()
    run = partial(split_run, api=IdeogramApi(asked.api), freezes=asked.freezes, seed=asked.seed)
    return told(f"split brain, {asked.api}", asked.seed, run)


if __name__ == "__main__":
    sys.exit(main())
