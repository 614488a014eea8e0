"""How much of one limit of calls one worker uses, and how much several do that share it."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from aiohttp import web

from bot.rules.generations import IdeogramApi
from bot.storage.engine.blobs.files import FileBlobs
from bot.storage.engine.database import Connection, Database
from bot.use_cases.remixes.submitting.new_jobs import NewRemix
from bot.wiring import utc_now
from tests.bench.figures import Bench, Figure, Target
from tests.bench.house import LONGEST_S, CannedIdeogram
from tests.bench.measures.pictures import noise_png
from tests.bench.server import open_server
from tests.bench.storage import REQUEST, Gate
from tests.chaos.fleets.counted_calls import CountedCalls
from tests.integration.made_bot import asker
from tests.postgresql_cluster import Cluster
from tests.wire.bot_process import POSTS, House
from tests.wire.loopback_discord import Channel, LoopbackDiscord

GUILDS = 20
"""One channel takes four posts at a time, and one server six."""
ROUNDS = 4
"""Jobs for each slot."""
_DIFFER = 1 / 3


@dataclass(eq=False, slots=True)
class _House(House):
    """`url` is its database's."""

    url: str = ""

    @property
    def channels(self) -> list[Channel]:
        return [each for guild in self.discord.world.guilds.values() for each in guild.channels.values()]


class CountedCannedIdeogram(CannedIdeogram, CountedCalls):
    """One picture that was drawn before, and the number of calls in flight at each moment.

    Each call takes up to a third less or more than `call_s`, as real ones differ. All slots begin in one moment. If all
    calls took the same time, they would also end in one, again and again, and what is measured would be how long the
    database takes for 200 answers at once: 92 to 93 % of the slots were in use.
    """

    def __init__(self, result: bytes, call_s: float) -> None:
        super().__init__(result, call_s)
        self._call_s = call_s
        self._chance = random.Random(15)  # noqa: S311 - the same lengths in each run

    async def _remix(self, request: web.Request, api: IdeogramApi) -> web.StreamResponse:
        self.dials.latency_s = self._call_s * self._chance.uniform(1 - _DIFFER, 1 + _DIFFER)
        return await super()._remix(request, api)


async def measure(bench: Bench) -> Sequence[Figure]:
    slots, call_s = bench.counts.shared_slots, bench.counts.shared_call_s
    used: dict[int, float] = {}
    took: dict[int, float] = {}
    above = unposted = 0
    with open_server(bench) as server:
        for workers in bench.counts.workers:
            async with _open_house(bench.room(f"workers-{workers}"), server, slots * ROUNDS, call_s) as house:
                settings = {"IDEOGRAM_MAX_IN_FLIGHT": slots, "DATABASE_URL": house.url, "LOG_LEVEL": "INFO"}
                for _ in range(workers):
                    await house.launch("run", "--role", "worker", **settings)
                await house.discord.wait_for_request("POST", POSTS, times=slots * ROUNDS, within_s=LONGEST_S)
                api = house.ideogram
                assert isinstance(api, CountedCannedIdeogram)
                used[workers] = api.share_in_use(slots, *api.full_between(slots))
                took[workers] = api.last_ended - api.first_began
                above = max(above, api.peak_in_flight - slots)
                unposted += sum(len(channel.messages) for channel in house.channels) - slots * ROUNDS
    slowest = min(before / after for before, after in pairwise(took.values())) if len(took) > 1 else 1.0
    broken = [f"{above} calls above the limit"] * (above > 0) + [f"{unposted} posts too many"] * (unposted != 0)
    return [
        Figure(
            f"slots in use of one limit of {slots} that {_list(used)} workers share, calls of about {call_s:g} s",
            100 * min(used.values()),
            "%",
            Target(at_least=95),
            [
                f"{workers} workers: {100 * share:.1f} % in use, {took[workers]:.1f} s for all"
                for workers, share in used.items()
            ],
            broken="; ".join(broken),
        ),
        Figure(
            f"time that fewer workers take for the same jobs beside more of them ({_list(used)}), the least",
            slowest,
            "times",
            # One worker is as fast already as the calls allow.
            Target(at_least=0.97),
        ),
    ]


def _list(used: dict[int, float]) -> str:
    return ", ".join(map(str, used))


@asynccontextmanager
async def _open_house(folder: Path, server: Cluster, jobs: int, call_s: float) -> AsyncIterator[_House]:
    """With so many jobs in the queue."""
    discord, ideogram = LoopbackDiscord(), CountedCannedIdeogram(noise_png(32), call_s)
    await discord.start()
    await ideogram.start()
    guilds = [discord.add_guild() for _ in range(GUILDS)]
    channels = [guild.add_channel() for guild in guilds]
    house = _House(discord, ideogram, folder, channels[0], url=server.url(server.create("migrated")))
    _queue(house, jobs)
    try:
        yield house
    finally:
        await house.close()
    house.check_logs()


def _queue(house: _House, jobs: int) -> None:
    blobs = FileBlobs(house.folder / "blobs")
    blobs.prepare()
    new = NewRemix((REQUEST,), spoiler=False, source_hash=blobs.put(noise_png(64)), source_format="png")
    channels, database = house.channels, Database(house.url)
    try:
        gate = Gate.on(database, house.folder, clock=utc_now)

        def queue_all(connection: Connection) -> None:
            for number in range(jobs):
                channel, user = channels[number % len(channels)], house.discord.add_user(f"person-{number}")
                who = asker(user.id, interaction_id=number + 1, guild_id=channel.guild.id, channel_id=channel.id)
                gate.submit._accept(connection, who, new)

        database.transaction_now(queue_all)
    finally:
        database.close()
