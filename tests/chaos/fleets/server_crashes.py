"""PostgreSQL crashes, is away and hangs under load: nothing acknowledged is missing, and work goes on when it is back.

`python -m tests.chaos.fleets.server_crashes --crashes 12 --away-s 30 --hung-s 15 --seed 1`
"""

import asyncio
import os
import signal
import sys
from functools import partial
from pathlib import Path

from tests.chaos.fleets.fleet import Fleet, open_fleet
from tests.chaos.fleets.ground import options, told
from tests.chaos.fleets.outages import LATENCY_S, ROLES, Outages, Survived
from tests.chaos.forked_bots import Nest
from tests.postgresql_cluster import Cluster

BETWEEN_S = (1.0, 3.0)
# Rather one that runs a transaction, so that all others wait for it.
_ONE_OF_OURS = (
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'remix-bot' AND pid <> pg_backend_pid()"
    " ORDER BY state <> 'active', random() LIMIT 1"
)


class HungProcess:
    """One of the server's processes is stopped, and goes on later."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._pid = 0

    async def stop(self) -> None:
        ((self._pid,),) = self._fleet.rows(_ONE_OF_OURS)
        os.kill(self._pid, signal.SIGSTOP)

    async def go_on(self) -> None:
        os.kill(self._pid, signal.SIGCONT)


async def crash_run(
    folder: Path, cluster: Cluster, nest: Nest, *, crashes: int, away_s: float, hung_s: float, seed: int
) -> Survived:
    async with open_fleet(folder, cluster, nest, latency_s=LATENCY_S) as fleet:
        await fleet.start(*ROLES)
        outages = Outages(fleet, seed)
        for _ in range(crashes):
            await outages.ask_for(outages.random.uniform(*BETWEEN_S))
            await asyncio.to_thread(cluster.restart)
        if away_s:
            stop, start = (partial(asyncio.to_thread, step) for step in (cluster.stop, cluster.start))
            await outages.during(f"{away_s:g} s without PostgreSQL", stop, start, away_s)
        if hung_s:
            hung = HungProcess(fleet)
            await outages.during(f"{hung_s:g} s with a hung process of it", hung.stop, hung.go_on, hung_s)
        return await outages.survived()


def main() -> int:
    parser = options("server_crashes", __doc__)
    parser.add_argument("--crashes", type=int, default=12)
    parser.add_argument("--away-s", type=float, default=30.0)
    parser.add_argument("--hung-s", type=float, default=15.0)
    asked = parser.parse_args()
    times = {"crashes": asked.crashes, "away_s": asked.away_s, "hung_s": asked.hung_s}
    return told(f"{asked.crashes} crashes of PostgreSQL", asked.seed, partial(crash_run, **times, seed=asked.seed))


if __name__ == "__main__":
    sys.exit(main())
