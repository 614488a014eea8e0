"""How soon each of a crowd is acknowledged, beside a bare discord.py handler that only defers, in turns."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from statistics import median

from tests.bench.figures import Bench, Figure, Target, percentile, spread
from tests.bench.house import LONGEST_S, BenchHouse, begin, open_bench_house
from tests.wire.bot_process import ROOT, WITHIN_S, picture_of
from tests.wire.loopback_discord import Channel, Interaction, LoopbackDiscord

_P99 = 99.0


async def measure(bench: Bench) -> Sequence[Figure]:
    people, rounds = bench.counts.crowd, bench.counts.crowd_rounds
    ours: list[float] = []
    bare: list[float] = []
    async with _bare_discord() as channel, open_bench_house(bench.room("crowd"), latency_s=0.02) as house:
        bot = await house.start()
        await _wave_ours(house, min(people, 10))
        await _wave_bare(channel, min(people, 10))
        begin(bot)
        for _ in range(rounds):
            bare.append(percentile(await _wave_bare(channel, people), _P99) * 1000)
            ours.append(percentile(await _wave_ours(house, people), _P99) * 1000)
        bench.note_stall(f"{people} at once, {rounds} times", await house.measured(bot))
    ratio = median(a / b for a, b in zip(ours, bare, strict=True))
    return [
        Figure(
            f"{people} `/remix` at once, dispatch to acknowledgement, p99 beside a handler that only defers",
            ratio,
            "times",
            Target(at_most=1.5),
            [f"p99 of each wave: {spread(ours, digits=0)}, bare {spread(bare, digits=0)}; {rounds} waves in turns"],
        )
    ]


async def _acknowledged(sent: Sequence[Interaction]) -> list[float]:
    """Seconds each."""
    await asyncio.gather(*(interaction.wait_acknowledged(WITHIN_S) for interaction in sent))
    return [interaction.acknowledged_after or 0.0 for interaction in sent]


async def _wave_ours(house: BenchHouse, people: int) -> list[float]:
    """The next wave comes when everybody of this one has their result."""
    remixes = [await house.remix() for _ in range(people)]
    seconds = await _acknowledged([remix.interaction for remix in remixes])
    async with asyncio.timeout(LONGEST_S):
        await asyncio.gather(*(house.until_done(remix) for remix in remixes))
    house.forget_files()
    return seconds


async def _wave_bare(channel: tuple[LoopbackDiscord, Channel], people: int) -> list[float]:
    discord, room = channel
    options = {"prompt": "a wish", "weight": 100}
    sent = [
        await discord.slash("remix", discord.add_user(f"bare-{n}"), room, options=options, attachment=picture_of(n))
        for n in range(people)
    ]
    return await _acknowledged(sent)


@asynccontextmanager
async def _bare_discord() -> AsyncIterator[tuple[LoopbackDiscord, Channel]]:
    async with LoopbackDiscord() as discord:
        channel = discord.add_guild().add_channel()
        arguments = (discord.world.token, discord.api_url, discord.gateway_url)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.bare_bot", *arguments, cwd=ROOT, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            await discord.ready(WITHIN_S)
            yield discord, channel
        finally:
            process.kill()
            await process.wait()
