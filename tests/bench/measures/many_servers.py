"""A bot in very many servers beside one in a single server: its start, its memory, and how soon it acknowledges."""

import asyncio
import random
import time
from collections.abc import Sequence
from statistics import median

from tests.bench.figures import Bench, Figure, Target, percentile, spread
from tests.bench.house import LONGEST_S, BenchHouse, open_bench_house
from tests.bench.measures.memory import resident_mb
from tests.wire.bot_process import WITHIN_S, BotProcess
from tests.wire.loopback_discord import Channel, new_guild_id

SHARDS = 10
CHANNELS = 10
"""Of each server, with one role."""
_P99 = 99.0


async def measure(bench: Bench) -> Sequence[Figure]:
    servers, people, rounds = bench.counts.servers, bench.counts.crowd, bench.counts.crowd_rounds
    chosen = random.Random(1)  # noqa: S311 - repeatable, not secret
    ours: dict[str, list[float]] = {"one": [], "many": []}
    async with (
        open_bench_house(bench.room("one-server"), latency_s=0.02) as one,
        open_bench_house(bench.room("many-servers"), latency_s=0.02) as many,
    ):
        # What comes too late on a busy machine is measured, and not refused.
        one.discord.world.acknowledge_within_s = many.discord.world.acknowledge_within_s = WITHIN_S
        places = _fill(many, servers)
        small, small_s = await _started(one)
        large, large_s = await _started(many)
        memory = resident_mb(small, "VmRSS"), resident_mb(large, "VmRSS")
        for house, channels in ((one, [one.channel]), (many, places)):
            await _wave(house, chosen.choices(channels, k=min(people, 10)))
        for _ in range(rounds):
            ours["one"].append(await _wave(one, [one.channel] * people))
            ours["many"].append(await _wave(many, chosen.choices(places, k=people)))
    ratio = median(a / b for a, b in zip(ours["many"], ours["one"], strict=True))
    each_kb = (memory[1] - memory[0]) * 1024 / servers
    what = f"in {servers} servers with {SHARDS} shards"
    return [
        Figure(
            f"{people} `/remix` at once {what}, dispatch to acknowledgement, p99 beside the same in one server",
            ratio,
            "times",
            Target(at_most=2),
            [f"p99 of each wave: {spread(ours['many'], digits=0)}, in one server {spread(ours['one'], digits=0)}"],
        ),
        Figure(
            f"start to ready {what}",
            large_s,
            "s",
            None,
            [
                f"in one server {small_s:.1f} s",
                "Discord lets such a bot begin one session in five seconds: that takes 50 s more, which are not in it",
            ],
        ),
        Figure(
            f"memory for each server, {what} of {CHANNELS} channels",
            each_kb,
            "kB",
            None,
            [f"{memory[0]:.0f} MB in one server, {memory[1]:.0f} MB in all"],
        ),
    ]


def _fill(house: BenchHouse, servers: int) -> list[Channel]:
    """Returns a channel of each server."""
    discord = house.discord
    discord.world.recommended_shards = SHARDS
    guilds = [discord.add_guild(guild_id=new_guild_id(number % SHARDS, SHARDS)) for number in range(servers - 1)]
    for guild in guilds:
        for number in range(CHANNELS):
            guild.add_channel(f"channel-{number}")
    return [house.channel, *(next(iter(guild.channels.values())) for guild in guilds)]


async def _started(house: BenchHouse) -> tuple[BotProcess, float]:
    """With the seconds that it took."""
    began = time.perf_counter()
    bot = await house.start()
    return bot, time.perf_counter() - began


async def _wave(house: BenchHouse, channels: Sequence[Channel]) -> float:
    """The p99 in milliseconds. The next wave comes when everybody of this one has their result."""
    remixes = [await house.remix(channel=channel) for channel in channels]
    sent = [remix.interaction for remix in remixes]
    await asyncio.gather(*(interaction.wait_acknowledged(WITHIN_S) for interaction in sent))
    async with asyncio.timeout(LONGEST_S):
        await asyncio.gather(*(house.until_done(remix) for remix in remixes))
    house.forget_files()
    return percentile([interaction.acknowledged_after or 0.0 for interaction in sent], _P99) * 1000
