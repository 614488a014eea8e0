"""How much of the time in which the API would work for us it does: real posting, 10 calls in flight."""

from collections.abc import Sequence

from tests.bench.figures import Bench, Figure, Target
from tests.bench.house import begin, open_bench_house

SLOTS = 10
WAITING = 100
_AT_LEAST = {1.0: 98.5, 5.0: 99.8}


async def measure(bench: Bench) -> Sequence[Figure]:
    return [await _slots_in_use(bench, seconds) for seconds in bench.counts.slot_seconds]


async def _slots_in_use(bench: Bench, seconds: float) -> Figure:
    """As the API sees it: the time of all calls in the time from the first one's arrival to the last one's answer."""
    jobs = bench.counts.slot_jobs
    async with open_bench_house(bench.room(f"slots-{seconds:g}"), latency_s=seconds) as house:
        bot = await house.start(IDEOGRAM_MAX_IN_FLIGHT=SLOTS)
        begin(bot)
        await house.serve_many(jobs, at_once=WAITING)
        bench.note_stall(f"{jobs} remixes, {WAITING} at a time, calls of {seconds:g} s", await house.measured(bot))
        api = house.ideogram
        took = api.last_ended - api.first_began
        above = api.peak_in_flight - SLOTS
        posted = len(house.channel.messages)
    return Figure(
        f"slots in use, {jobs} jobs of {seconds:g} s, {SLOTS} in flight, real posting",
        100 * api.busy_s / (took * SLOTS),
        "%",
        Target(at_least=_AT_LEAST[seconds]) if seconds in _AT_LEAST else None,
        [
            f"took {took:.2f} s, ideal {api.busy_s / SLOTS:.2f} s; at most {api.peak_in_flight} in flight",
            f"{posted} posted; {WAITING} people at a time, the next one comes when one has their result",
        ],
        broken=f"{above} calls above the limit" if above > 0 else "" if posted == jobs else "not all were posted",
    )
