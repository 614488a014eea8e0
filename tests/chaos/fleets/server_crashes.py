"""PostgreSQL crashes, is away and hangs under load: nothing acknowledged is missing, and work goes on when it is back.

`python -m tests.chaos.fleets.server_crashes --crashes 12 --away-s 30 --hung-s 15 --seed 1`
"""

import argparse
import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.chaos.fleets.fleet import DONE, LAST_ONES_S, Fleet, Outcome, is_told, open_fleet, pause
from tests.chaos.fleets.ground import told
from tests.chaos.forked_bots import Nest
from tests.postgresql_cluster import Cluster
from tests.wire.bot_process import Remix

ROLES = ("gateway", "worker", "worker")
LATENCY_S = 0.3
REFUSED_KINDLY = ("does not answer right now", "may have been", "already waiting")
BETWEEN_S = (1.0, 3.0)
ONE_EACH_S = 0.4
WITHIN_S = 5.0
"""Work goes on so soon after the server's return."""


@dataclass(frozen=True, slots=True)
class Survived:
    """`missing` were acknowledged and are in no row. `unkindly`: what was said instead of a kind refusal.

    `back_s`: from each return of the server until a remix that was asked then was in its channel.
    """

    crashes: int
    away_s: float
    hung_s: float
    refused_while_away: int
    missing: Sequence[str]
    unkindly: Sequence[str]
    back_s: Sequence[float]
    outcome: Outcome

    @property
    def is_harmless(self) -> bool:
        is_soon = max(self.back_s, default=0.0) <= WITHIN_S
        return (
            self.outcome.is_harmless and not self.missing and not self.unkindly and is_soon and not self.outcome.parked
        )

    def __str__(self) -> str:
        wrong = [*self.missing, *self.unkindly]
        return (
            f"{self.crashes} crashes of PostgreSQL, {self.away_s:g} s away, {self.hung_s:g} s with a hung process: "
            f"{len(self.missing)} acknowledged missing, {self.refused_while_away} refused kindly, a remix asked at its "
            f"return posted within {max(self.back_s, default=0.0):.1f} s; {'; '.join([str(self.outcome), *wrong])}"
        )


_ONE_OF_OURS = (
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'remix-bot' AND pid <> pg_backend_pid()"
    " ORDER BY state <> 'active', random() LIMIT 1"
)


class ServerCrashes:
    def __init__(self, fleet: Fleet, seed: int) -> None:
        self._fleet = fleet
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._back_s: list[float] = []
        self._asked_while_away: list[Remix] = []

    async def run(self, *, crashes: int, away_s: float, hung_s: float) -> Survived:
        await self._fleet.start(*ROLES)
        for _ in range(crashes):
            await self._ask_for(self._random.uniform(*BETWEEN_S))
            await asyncio.to_thread(self._fleet.cluster.restart)
        if away_s:
            await self._away(away_s)
        if hung_s:
            await self._hung(hung_s)
        await self._fleet.until_all_is_told()
        return self._survived(crashes, away_s, hung_s)

    async def _ask_for(self, seconds: float) -> list[Remix]:
        until, asked = time.monotonic() + seconds, []
        while time.monotonic() < until:
            asked.append(await self._fleet.remix())
            await pause(ONE_EACH_S)
        return asked

    async def _away(self, seconds: float) -> None:
        await asyncio.to_thread(self._fleet.cluster.stop)
        self._asked_while_away += await self._ask_for(seconds)
        await asyncio.to_thread(self._fleet.cluster.start)
        await self._goes_on()

    async def _hung(self, seconds: float) -> None:
        """The server process that runs a transaction of the bot, if there is one, so that the others wait for it."""
        await self._ask_for(1.0)
        ((stuck,),) = self._fleet.rows(_ONE_OF_OURS)
        os.kill(stuck, signal.SIGSTOP)
        try:
            self._asked_while_away += await self._ask_for(seconds)
        finally:
            os.kill(stuck, signal.SIGCONT)
        await self._goes_on()

    async def _goes_on(self) -> None:
        began, remix = time.monotonic(), await self._fleet.remix()
        while DONE not in remix.told and time.monotonic() - began < LAST_ONES_S:
            # Who is refused kindly asks again.
            if any(words in remix.told for words in REFUSED_KINDLY):
                remix = await self._fleet.remix()
            await pause(0.05)
        self._back_s.append(time.monotonic() - began)

    def _survived(self, crashes: int, away_s: float, hung_s: float) -> Survived:
        stored = {row[0] for row in self._fleet.rows("SELECT interaction_id FROM jobs")}
        refused = [remix for remix in self._fleet.house.remixes if remix.interaction.id not in stored]
        kindly = [remix for remix in refused if any(words in remix.told for words in REFUSED_KINDLY)]
        others = [remix for remix in refused if remix not in kindly and not is_told(remix)]
        return Survived(
            crashes,
            away_s,
            hung_s,
            len(kindly),
            [f"missing: {remix.number}" for remix in refused if is_told(remix)],
            [f"unkindly: {remix.number} {remix.told!r:.80}" for remix in others],
            self._back_s,
            self._fleet.outcome(),
        )


async def crash_run(
    folder: Path, cluster: Cluster, nest: Nest, *, crashes: int, away_s: float, hung_s: float, seed: int
) -> Survived:
    async with open_fleet(folder, cluster, nest, latency_s=LATENCY_S) as fleet:
        return await ServerCrashes(fleet, seed).run(crashes=crashes, away_s=away_s, hung_s=hung_s)


def main() -> int:
    parser = argparse.ArgumentParser(prog="server_crashes", description=__doc__)
    parser.add_argument("--crashes", type=int, default=12)
    parser.add_argument("--away-s", type=float, default=30.0)
    parser.add_argument("--hung-s", type=float, default=15.0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    times = {"crashes": asked.crashes, "away_s": asked.away_s, "hung_s": asked.hung_s}
    return told("PostgreSQL", asked.seed, partial(crash_run, **times, seed=asked.seed))


if __name__ == "__main__":
    sys.exit(main())
