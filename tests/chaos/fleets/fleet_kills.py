"""Kills the processes of a fleet at random moments of a running load, and counts what was lost, posted or paid twice.

`python -m tests.chaos.fleets.fleet_kills --kills 500 --seed 1`: a gateway and three workers, over all of them.
"""

import asyncio
import random
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from bot.rules.generations import IdeogramApi
from tests.chaos.fleets.fleet import Fleet, Member, Outcome, is_told, open_fleet, pause
from tests.chaos.fleets.ground import options, told
from tests.chaos.forked_bots import Nest
from tests.postgresql_cluster import Cluster
from tests.wire.bot_process import Remix

ROLES = ("gateway", "worker", "worker", "worker")
LATENCIES_S = (0.0, 0.1, 0.4)
WHILE_STARTING = 0.1
"""The share of kills that may meet a process before it works."""
MOSTLY = 0.7
"""How often all who asked are accepted before the kill."""
LONGEST_PAUSE_S = 0.3
REQUESTS_OF_EACH = 7
"""About as many as a remix takes: so the kills come at each stage of it."""
SOON_S = 10.0


class FleetKills:
    """Remixes come in all the time; at a random moment one process is killed, and another one starts in its place."""

    def __init__(self, fleet: Fleet, seed: int, roles: Sequence[str] = ROLES) -> None:
        self._fleet, self._roles = fleet, roles
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret

    async def run(self, kills: int) -> Outcome:
        await self._fleet.start(*self._roles)
        for _ in range(kills):
            self._fleet.ideogram.dials.latency_s = self._random.choice(LATENCIES_S)
            victim = self._random.choice(self._fleet.members)
            await self._until_it_works(victim)
            asked = [await self._fleet.remix() for _ in range(self._random.randint(1, 4))]
            if self._random.random() < MOSTLY:
                await self._until_accepted(asked)
            await self._after_requests(self._random.randint(0, len(asked) * REQUESTS_OF_EACH), asked)
            await pause(self._random.uniform(0, LONGEST_PAUSE_S))
            await self._fleet.replace(victim)
        await self._fleet.until_all_is_told()
        return self._fleet.outcome()

    async def _until_it_works(self, victim: Member) -> None:
        """And, mostly, people are heard."""
        if self._random.random() < WHILE_STARTING:
            await pause(self._random.uniform(0, LONGEST_PAUSE_S))
            return
        hears = [member for member in self._fleet.members if member.role != "worker"]
        await asyncio.wait([victim.ready, *(member.ready for member in hears)], timeout=SOON_S)

    async def _until_accepted(self, asked: Sequence[Remix]) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(SOON_S):
                await asyncio.gather(
                    *(remix.interaction.wait_for(lambda _, r=remix: r.told != "", SOON_S) for remix in asked)
                )

    async def _after_requests(self, count: int, asked: Sequence[Remix]) -> None:
        """Or once there is nothing more to do for those who asked last, or after a while."""
        world = self._fleet.house.discord.world
        enough = len(world.requests) + count

        def is_time() -> bool:
            return len(world.requests) >= enough or all(map(is_told, asked))

        with suppress(TimeoutError):
            await world.watch.wait_for(is_time, 1.0, "requests")


async def kill_run(
    folder: Path, cluster: Cluster, nest: Nest, *, kills: int, seed: int, api: IdeogramApi, roles: Sequence[str] = ROLES
) -> Outcome:
    async with open_fleet(folder, cluster, nest, IDEOGRAM_API=api) as fleet:
        return await FleetKills(fleet, seed, roles).run(kills)


def main() -> int:
    parser = options("fleet_kills", __doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--roles", default=",".join(ROLES))
    parser.add_argument("--api", choices=list(IdeogramApi), action="append", help="half of the kills each: v1 and v2")
    asked = parser.parse_args()
    apis = [IdeogramApi(name) for name in asked.api or (IdeogramApi.V1, IdeogramApi.V2)]
    roles, codes = asked.roles.split(","), []
    for index, api in enumerate(apis):
        kills = asked.kills // len(apis) + (index < asked.kills % len(apis))
        run = partial(kill_run, kills=kills, seed=asked.seed, api=api, roles=roles)
        codes.append(told(f"{kills} kills of {len(roles)} processes, {api}", asked.seed, run))
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
