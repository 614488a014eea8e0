"""How much of the slots that are really free is used, where Ideogram's limit is below the setting or shared."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tests.bench.figures import Bench, Figure, Target
from tests.bench.house import BenchHouse, CannedIdeogram, begin, open_bench_house

SETTING = 10
WAITING = 100
_WANTS = (0, 3, 6, 1, 5, 2, 4)
_TURN_IN_CALLS = 20
"""The other user changes after so many of our calls' lengths."""
_AT_LEAST = Target(at_least=95.0)
_MOST_REFUSED = 0.1


class OtherUser:
    """Somebody else on the same account, who takes slots as they become free, in turns more and fewer."""

    def __init__(self, api: CannedIdeogram, call_s: float) -> None:
        self._api = api
        self._call_s = call_s
        self._random = random.Random(1)  # noqa: S311 - the same turns in every run
        self._wanted = 0
        self._calls: set[asyncio.Task[None]] = set()
        self.busy_s = 0.0

    async def run(self) -> None:
        clock = asyncio.get_running_loop().time
        began, turn = clock(), -1
        while True:
            now_turn = int((clock() - began) / (self._call_s * _TURN_IN_CALLS))
            if now_turn != turn:
                turn, self._wanted = now_turn, _WANTS[now_turn % len(_WANTS)]
            while len(self._calls) < self._wanted and self._api.in_flight < self._api.dials.max_in_flight:
                self._begin()
            await asyncio.sleep(self._call_s / 100)

    def _begin(self) -> None:
        self._api.in_flight += 1
        call = asyncio.create_task(self._call())
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)

    async def _call(self) -> None:
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            await asyncio.sleep(self._call_s * self._random.uniform(0.8, 1.2))
        finally:
            self._api.in_flight -= 1
            self.busy_s += clock() - began


@asynccontextmanager
async def _beside(other: OtherUser | None) -> AsyncIterator[None]:
    task = asyncio.create_task(other.run()) if other is not None else None
    try:
        yield
    finally:
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def measure(bench: Bench) -> Sequence[Figure]:
    figures = []
    for seconds in bench.counts.slot_seconds:
        figures.append(await _used(bench, "limit 8, setting 10", seconds, limit=8, shared=False))
        figures.append(await _used(bench, "limit 10 shared with another user", seconds, limit=10, shared=True))
    return figures


async def _used(bench: Bench, name: str, seconds: float, *, limit: int, shared: bool) -> Figure:
    jobs = bench.counts.jobs_of(seconds)
    async with open_bench_house(bench.room(f"{limit}-{shared}-{seconds:g}"), latency_s=seconds) as house:
        api = house.ideogram
        api.dials.max_in_flight = limit
        bot = await house.start(IDEOGRAM_MAX_IN_FLIGHT=SETTING)
        begin(bot)
        other = OtherUser(api, seconds) if shared else None
        async with _beside(other):
            await house.serve_many(jobs, at_once=WAITING)
        free = _free_s(api, limit, other)
        refused = sum(not call.billed for call in api.calls)
        broken = _broken(house, jobs, refused)
    return Figure(
        f"slots used of those really free, {name}, calls of {seconds:g} s",
        100 * api.busy_s / free,
        "%",
        _AT_LEAST if seconds >= 1 else None,
        [f"{refused} of {len(api.calls)} calls met a 429; {jobs} remixes, {WAITING} people at a time"],
        broken=broken,
    )


def _free_s(api: CannedIdeogram, limit: int, other: OtherUser | None) -> float:
    """Seconds of slots, from our first call to our last answer."""
    return (api.last_ended - api.first_began) * limit - (other.busy_s if other is not None else 0.0)


def _broken(house: BenchHouse, jobs: int, refused: int) -> str:
    if len(house.channel.messages) != jobs:
        return "not all were posted"
    return "more than one call in ten met a 429" if refused > _MOST_REFUSED * jobs + SETTING else ""
