"""How much of the time in which the API would work for us it does: real posting, 10 calls in flight."""

import asyncio
from collections.abc import Sequence

import aiohttp

from tests.bench.figures import Bench, Figure, Target
from tests.bench.house import CannedIdeogram, begin, open_bench_house
from tests.bench.measures.pictures import noise_png
from tests.wire.bot_process import API_KEY

SLOTS = 10
WAITING = 100
_AT_LEAST = {1.0: 0.985, 5.0: 0.998}
"""Of what a client does that only keeps its calls in flight: so a loaded machine moves the ratio little."""


async def measure(bench: Bench) -> Sequence[Figure]:
    return [await _slots_in_use(bench, seconds) for seconds in bench.counts.slot_seconds]


async def _slots_in_use(bench: Bench, seconds: float) -> Figure:
    """As the API sees it: the time of all calls in the time from the first one's arrival to the last one's answer."""
    jobs = bench.counts.jobs_of(seconds)
    bare = await _bare(bench, seconds)
    async with open_bench_house(bench.room(f"slots-{seconds:g}"), latency_s=seconds) as house:
        bot = await house.start(IDEOGRAM_MAX_IN_FLIGHT=SLOTS)
        begin(bot)
        await house.serve_many(jobs, at_once=WAITING)
        bench.note_stall(f"{jobs} remixes, {WAITING} at a time, calls of {seconds:g} s", await house.measured(bot))
        api, used = house.ideogram, _used(house.ideogram)
        above = api.peak_in_flight - SLOTS
        posted = len(house.channel.messages)
    return Figure(
        f"slots in use beside a bare client, {jobs} jobs of {seconds:g} s, {SLOTS} in flight, real posting",
        used / bare,
        "times",
        Target(at_least=_AT_LEAST[seconds]) if seconds in _AT_LEAST else None,
        [
            f"{100 * used:.2f} % in use, bare aiohttp {100 * bare:.2f} %; at most {api.peak_in_flight} in flight",
            f"{posted} posted; {WAITING} people at a time, the next one comes when one has their result",
        ],
        broken=f"{above} calls above the limit" if above > 0 else "" if posted == jobs else "not all were posted",
    )


def _used(api: CannedIdeogram) -> float:
    return api.busy_s / ((api.last_ended - api.first_began) * SLOTS)


async def _bare(bench: Bench, seconds: float) -> float:
    """The same calls by aiohttp alone, in this process: as many as there are slots, at any time."""
    left = iter(range(bench.counts.jobs_of(seconds)))
    picture = noise_png(32)
    async with open_bench_house(bench.room(f"bare-{seconds:g}"), latency_s=seconds) as house:
        api = house.ideogram

        async def keep_one_in_flight(session: aiohttp.ClientSession) -> None:
            for _ in left:
                form = aiohttp.FormData({"text_prompt": "a fox", "rendering_speed": "TURBO"})
                form.add_field("image", picture, filename="image.png", content_type="image/png")
                async with session.post(f"{api.url}/v1/ideogram-v4/remix", data=form) as response:
                    await response.read()

        async with aiohttp.ClientSession(headers={"Api-Key": API_KEY}) as session:
            await asyncio.gather(*(keep_one_in_flight(session) for _ in range(SLOTS)))
        return _used(api)
