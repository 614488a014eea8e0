"""Measures how fast results reach their channels while other channels make theirs wait, and without such channels.

`python -m tests.chaos.slow_channels --rounds 4 --seed 1` closes with one line; exit code 1 where others waited more
than 1.2 times as long beside a slow channel, or where a result was lost or posted twice.
"""

import argparse
import asyncio
import logging
import random
import re
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

from tests.wire.bot_process import WITHIN_S, House, Remix, open_house
from tests.wire.loopback_discord import Channel, Delay, Fault, Guild, Hang, rate_limited

AT_MOST = 1.2
"""How much longer the others may wait."""
SERVERS = 10
"""Others; each has one channel."""
OTHERS = 25
WAITING = 24
"""Remixes for slow channels: three times as many as there were places for deliveries when eight stopped everybody."""
LONG_RATE_LIMIT_S = 900.0
USUAL_POST_S = 0.2
USUAL_CALL_S = 0.5
QUIET_S = 0.5
SETTINGS = {"MAX_QUEUED": 100_000, "LOG_LEVEL": "INFO"}


@dataclass(frozen=True, slots=True)
class Case:
    """`channels` of one server make their posts wait: for ever, or for a rate limit of that many seconds."""

    channels: int
    rate_limit_s: float | None = None


CASES: Mapping[str, Case] = {
    "one slow channel": Case(1, rate_limit_s=10.0),
    "a channel with a long rate limit": Case(1, LONG_RATE_LIMIT_S),
    "one that never answers": Case(1),
    "eight slow channels of one server": Case(8),
}


@dataclass(eq=False, slots=True)
class Slow:
    """The remixes that wait for slow channels, and what makes them wait."""

    remixes: Sequence[Remix]
    faults: Sequence[Fault]

    def release(self) -> None:
        """From now on these channels take messages."""
        for fault in self.faults:
            fault.left = 0
            if isinstance(fault.outcome, Hang):
                fault.outcome.release()

    @property
    def posted(self) -> int:
        return sum(len(remix.posts) for remix in self.remixes)


@dataclass(eq=False, slots=True)
class SlowChannels:
    """One bot, servers whose channels are quick, and slow channels as they are needed."""

    house: House
    seed: int
    others: list[Guild] = field(default_factory=list)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - repeatable, not secret
        self.others = [self.house.discord.add_guild() for _ in range(SERVERS)]
        for guild in self.others:
            guild.add_channel()

    async def make_wait(self, case: Case, count: int = WAITING) -> Slow:
        """Returns once all results are paid and the first ones wait at Discord."""
        guild = self.house.discord.add_guild()
        channels = [guild.add_channel() for _ in range(case.channels)]
        faults = []
        for channel in channels:
            outcome = Hang() if case.rate_limit_s is None else rate_limited(case.rate_limit_s)
            faults.append(self.house.discord.faults.add("POST", posts_into(channel), outcome, times=None))
        remixes = [await self.house.remix(channel=channels[n % len(channels)]) for n in range(count)]
        self._random.shuffle(remixes)
        asked = ", ".join(str(remix.interaction.id) for remix in remixes)
        # The numbers are our own.
        made = f"SELECT count(*) FROM jobs WHERE state = 'generated' AND interaction_id IN ({asked})"  # noqa: S608 - see above
        await self.until_rows(made, count)
        return Slow(remixes, faults)

    async def until_rows(self, question: str, count: int) -> None:
        """Returns once the database counts so many."""
        async with asyncio.timeout(WITHIN_S):
            while self.house.rows(question)[0][0] != count:  # noqa: ASYNC110 - the bot is another process and tells nobody
                await asyncio.sleep(0.05)

    async def serve_others(self, count: int = OTHERS) -> list[float]:
        """Seconds from each /remix until its picture stands in its channel. TimeoutError where one does not come."""
        waits = []
        for _ in range(count):
            (channel,) = self._random.choice(self.others).channels.values()
            remix = await self.house.remix(channel=channel)
            waits.append(asyncio.create_task(_until_posted(remix)))
        return await asyncio.gather(*waits)

    async def until_told(self, remixes: Sequence[Remix]) -> None:
        await asyncio.gather(*(remix.until_told("**Done.**") for remix in remixes))


def posts_into(channel: Channel) -> str:
    return rf"/channels/{channel.id}/messages$"


async def _until_posted(remix: Remix) -> float:
    asked = time.monotonic()
    await remix.channel.watch.wait_for(lambda: bool(remix.posts), WITHIN_S, "a post")
    return time.monotonic() - asked


@dataclass(frozen=True, slots=True)
class Figures:
    """`ratios`: how much longer the others waited, by case. `wrong`: results that were lost or posted twice."""

    ratios: Mapping[str, float]
    usual_s: float
    wrong: int
    too_early: int
    """Results that reached a slow channel before it took any."""

    @property
    def is_good(self) -> bool:
        return max(self.ratios.values()) <= AT_MOST and self.wrong == self.too_early == 0

    def __str__(self) -> str:
        told = ", ".join(f"{ratio:.2f} beside {name}" for name, ratio in self.ratios.items())
        return (
            f"others waited {self.usual_s:.2f} s for their post at the mean, and by ratio {told} (at most {AT_MOST});"
            f" {self.wrong} lost or posted twice"
        )


async def measure(house: House, rounds: int, seed: int) -> Figures:
    """Rounds with and without slow channels take turns, so that a busy machine slows both."""
    channels = SlowChannels(house, seed)
    house.ideogram.dials.latency_s = USUAL_CALL_S
    quick = "|".join(str(channel.id) for guild in channels.others for channel in guild.channels.values())
    house.discord.faults.add("POST", rf"/channels/({quick})/messages$", Delay(USUAL_POST_S), times=None)
    await channels.serve_others()
    ratios, usual, still_waiting, too_early = {}, [], set(), 0
    for name, case in CASES.items():
        alone: list[float] = []
        beside: list[float] = []
        for _ in range(rounds):
            alone += await channels.serve_others()
            slow = await channels.make_wait(case)
            await asyncio.sleep(QUIET_S)
            beside += await channels.serve_others()
            too_early += slow.posted
            slow.release()
            if case.rate_limit_s == LONG_RATE_LIMIT_S:
                still_waiting |= set(slow.remixes)
            else:
                await channels.until_told(slow.remixes)
            await asyncio.sleep(QUIET_S)
        ratios[name] = mean(beside) / mean(alone)
        usual += alone
    wrong = sum(len(remix.posts) != (remix not in still_waiting) for remix in house.remixes)
    return Figures(ratios, mean(usual), wrong, too_early)


async def _in_a_house(rounds: int, seed: int) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        async with open_house(Path(folder)) as house:
            await house.start(**SETTINGS)
            return await measure(house, rounds, seed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    began = time.monotonic()
    try:
        figures = asyncio.run(_in_a_house(asked.rounds, asked.seed))
    except TimeoutError as error:
        told, good = f"others were not posted at all: {re.sub(r'[0-9]{6,}', 'ID', str(error))}", False
    else:
        told, good = str(figures), figures.is_good
    took = time.monotonic() - began
    print(f"{told}; seed {asked.seed}, {took:.0f} s: {'ok' if good else 'TOO SLOW'}")  # noqa: T201 - the one line that this is for
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
