"""Ends the bot at random moments of a running load, again and again, and counts what was lost, posted or paid twice.

`python -m tests.chaos.kills --kills 500 --seed 1`; with `--signal TERM` it is asked to stop, and may park nothing.
"""

import argparse
import asyncio
import logging
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bot.storage.engine.read_only import read_snapshot
from bot.use_cases.operator.audit_ledger import audit
from tests.chaos.forked_bots import open_nest
from tests.wire.bot_process import WITHIN_S, BotProcess, House, Remix, open_house

PARKED = "Ideogram's reply didn't reach me"
SLOTS = 4
LATENCY_S = 0.05
REQUESTS_OF_EACH = 7
"""About as many as a remix takes: so the kills come at each stage of it."""
WHILE_STARTING = 0.1
"""The share of kills that come before the bot is ready."""
LONGEST_PAUSE_S = 0.05
LONGEST_START_S = 2.0
SETTINGS = {"IDEOGRAM_MAX_IN_FLIGHT": SLOTS, "MAX_QUEUED": 100_000}


@dataclass(frozen=True, slots=True)
class Losses:
    """What became of every remix that somebody asked for. `in_flight` has the calls of unknown outcome at each end.

    `violations` is what an audit of the database finds.
    """

    ends: int
    remixes: int
    lost: list[Remix]
    posted_twice: list[Remix]
    paid_twice: list[Remix]
    paid_in_vain: list[Remix]
    parked: int
    refused: int
    violations: int
    in_flight: list[int]

    @property
    def harmless(self) -> bool:
        """Nothing lost, nothing repeated, and parked is no more than was in flight, never more than there are slots."""
        bad = self.lost or self.posted_twice or self.paid_twice or self.paid_in_vain
        return (
            not bad
            and not self.violations
            and max(self.in_flight, default=0) <= SLOTS
            and self.parked <= sum(self.in_flight)
        )

    def __str__(self) -> str:
        return (
            f"{self.ends} ends over {self.remixes} remixes: {len(self.lost)} lost, {len(self.posted_twice)} posted"
            f" twice, {len(self.paid_twice)} paid twice, {self.parked} parked (at most"
            f" {max(self.in_flight, default=0)} at one end), {self.refused} not accepted in time,"
            f" {self.violations} violations found by the audit"
        )


def added(every: Sequence[Losses]) -> Losses:
    """Of several houses together."""
    return Losses(
        ends=sum(each.ends for each in every),
        remixes=sum(each.remixes for each in every),
        lost=[remix for each in every for remix in each.lost],
        posted_twice=[remix for each in every for remix in each.posted_twice],
        paid_twice=[remix for each in every for remix in each.paid_twice],
        paid_in_vain=[remix for each in every for remix in each.paid_in_vain],
        parked=sum(each.parked for each in every),
        refused=sum(each.refused for each in every),
        violations=sum(each.violations for each in every),
        in_flight=[number for each in every for number in each.in_flight],
    )


@dataclass(eq=False, slots=True)
class RandomEnds:
    """Remixes come in all the time, and the bot ends at a random moment, by that signal."""

    house: House
    seed: int
    number: int = signal.SIGKILL
    settings: dict[str, object] = field(default_factory=lambda: dict(SETTINGS))
    in_flight: list[int] = field(default_factory=list)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - repeatable, not secret

    async def run(self, ends: int) -> Losses:
        """So many ends, and one more start that serves what is left."""
        self.house.ideogram.dials.latency_s = LATENCY_S
        for _ in range(ends):
            await self._live_and_end()
            self.in_flight.append(self._count("generating"))
        await self.house.start(**self.settings)
        await self._until_all_is_told()
        return self._losses()

    async def _live_and_end(self) -> None:
        if self._random.random() < WHILE_STARTING:
            bot = await self.house.launch(**self.settings)
            await bot.lives_for(self._random.uniform(0, LONGEST_START_S))
        else:
            bot = await self.house.start(**self.settings)
            asked = [await self.house.remix() for _ in range(self._random.randint(2, 6))]
            await self._after_requests(self._random.randint(0, len(asked) * REQUESTS_OF_EACH), asked)
            await bot.lives_for(self._random.uniform(0, LONGEST_PAUSE_S))
        await self._end(bot)

    async def _after_requests(self, count: int, asked: Sequence[Remix]) -> None:
        """Or once there is nothing more to do for those who asked last."""
        world = self.house.discord.world
        enough = len(world.requests) + count

        def is_time() -> bool:
            return len(world.requests) >= enough or all(map(_is_settled, asked))

        await world.watch.wait_for(is_time, WITHIN_S, f"{count} requests")

    async def _end(self, bot: BotProcess) -> None:
        if self.number != signal.SIGKILL and bot.process.returncode is None:
            bot.signal(self.number)
            assert await bot.ended() in {0, -self.number}, bot.lines[-3:]
        await self.house.kill(bot)

    async def _until_all_is_told(self) -> None:
        accepted = {row[0] for row in self.house.rows("SELECT interaction_id FROM jobs")}
        for remix in self.house.remixes:
            if remix.interaction.id in accepted:
                await remix.interaction.wait_for(lambda _, remix=remix: _is_settled(remix), WITHIN_S)

    def _count(self, state: str) -> int:
        if not (self.house.folder / "remix.db").exists():
            return 0
        tables = self.house.rows("SELECT 1 FROM sqlite_master WHERE name = 'jobs'")
        # The state is a word of this file.
        return self.house.rows(f"SELECT count(*) FROM jobs WHERE state = '{state}'")[0][0] if tables else 0  # noqa: S608 - see above

    def _losses(self) -> Losses:
        states = dict(self.house.rows("SELECT interaction_id, state FROM jobs"))
        paid = Counter(call.prompt for call in self.house.ideogram.calls if call.billed)
        remixes, parked = self.house.remixes, self._count("outcome_unknown")
        refused = [remix for remix in remixes if remix.interaction.id not in states]
        return Losses(
            ends=len(self.in_flight),
            remixes=len(remixes),
            lost=[remix for remix in remixes if _is_lost(remix, states.get(remix.interaction.id))],
            posted_twice=[remix for remix in remixes if len(remix.posts) > 1],
            paid_twice=[remix for remix in remixes if paid[remix.prompt] > 1],
            paid_in_vain=[remix for remix in refused if paid[remix.prompt] or remix.posts],
            parked=parked,
            refused=len(refused),
            violations=len(read_snapshot(f"sqlite:///{self.house.folder / 'remix.db'}", audit).violations),
            in_flight=self.in_flight,
        )


def _is_settled(remix: Remix) -> bool:
    return "**Done.**" in remix.told or PARKED in remix.told


def _is_lost(remix: Remix, state: str | None) -> bool:
    """It was accepted, and its person has neither their own picture, once, nor an explanation."""
    if state == "delivered":
        try:
            remix.assert_served_once()
        except (AssertionError, ValueError):
            return True
        return False
    return state is not None and not (state == "outcome_unknown" and PARKED in remix.told)


async def _in_houses(houses: int, ends: int, seed: int, number: int) -> Losses:
    """Side by side, each with its own Discord, Ideogram and database."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        running = []
        for index in range(houses):
            (folder / str(index)).mkdir()
            nest = stack.enter_context(open_nest())
            house = await stack.enter_async_context(open_house(folder / str(index)))
            house.starter = nest.launch
            running.append(RandomEnds(house, seed + index, number))
        shares = [ends // houses + (index < ends % houses) for index in range(houses)]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each.run(share)) for each, share in zip(running, shares, strict=True)]
        return added([task.result() for task in tasks])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--signal", choices=["KILL", "TERM"], default="KILL")
    parser.add_argument("--houses", type=int, default=os.cpu_count() or 1, help="bots side by side")
    asked = parser.parse_args()
    # It tells of every request that a killed bot did not finish.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    began = time.monotonic()
    number = signal.Signals[f"SIG{asked.signal}"]
    losses = asyncio.run(_in_houses(asked.houses, asked.kills, asked.seed, number))
    harmless = losses.harmless and (number is signal.SIGKILL or losses.parked == 0)
    took = time.monotonic() - began
    print(f"{losses}; {number.name}, seed {asked.seed}, {took:.0f} s: {'ok' if harmless else 'HARM DONE'}")  # noqa: T201 - the one line that this is for
    return 0 if harmless else 1


if __name__ == "__main__":
    sys.exit(main())
