"""What the bot holds in memory: after many remixes beside after some, and with large pictures in flight."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from tests.bench.figures import Bench, Figure, Target
from tests.bench.house import BenchHouse, begin, open_bench_house
from tests.bench.measures.pictures import MB, jpeg_of, png_of
from tests.wire.bot_process import BotProcess

_AT_ONCE = 30
_LARGE = 10 * MB - 100_000
"""Just within what Ideogram takes and Discord carries."""


async def measure_growth(bench: Bench) -> Sequence[Figure]:
    early, late = bench.counts.memory_from, bench.counts.memory_to
    async with open_bench_house(bench.room("memory")) as house:
        bot = await house.start()
        begin(bot)
        await _serve_in_parts(house, early)
        at_first = resident_mb(bot, "VmRSS")
        await _serve_in_parts(house, late - early)
        at_last = resident_mb(bot, "VmRSS")
        bench.note_stall(f"{late} remixes, {_AT_ONCE} at a time", await house.measured(bot))
    return [
        Figure(
            f"memory from the {early}th to the {late}th remix",
            100 * (at_last / at_first - 1),
            "% more",
            Target(at_most=15),
            [f"{at_first:.0f} MB, then {at_last:.0f} MB"],
        )
    ]


async def _serve_in_parts(house: BenchHouse, count: int) -> None:
    """The loopback Discord remembers everything: here it forgets, or it would slow down and fill the memory."""
    for start in range(0, count, 500):
        await house.serve_many(min(500, count - start), at_once=_AT_ONCE)


async def measure_large(bench: Bench) -> Sequence[Figure]:
    """All are sent, made and posted at the same time: the peak is what the system says, not a sample."""
    count, result = bench.counts.large_pictures, png_of(_LARGE)
    picture = jpeg_of(_LARGE)
    async with open_bench_house(bench.room("large"), latency_s=2.0, result=result) as house:
        bot = await house.start()
        await house.serve()
        before = resident_mb(bot, "VmRSS")
        _forget_peak(bot)
        begin(bot)
        async with asyncio.timeout(300):
            await house.serve_many(count, at_once=count, picture=picture)
        peak, after = resident_mb(bot, "VmHWM"), resident_mb(bot, "VmRSS")
        bench.note_stall(f"{count} pictures of 10 MB at once, results as large", await house.measured(bot))
    return [
        Figure(
            f"peak of memory with {count} pictures of 10 MB in flight, and results as large",
            peak,
            "MB",
            details=[
                f"{before:.0f} MB before, {after:.0f} MB after; {(peak - before) / count:.0f} MB more for each",
                f"each of {len(picture) / MB:.1f} MB as sent and {len(result) / MB:.1f} MB as made",
            ],
        )
    ]


def _forget_peak(bot: BotProcess) -> None:
    """From now on VmHWM counts anew."""
    Path(f"/proc/{bot.process.pid}/clear_refs").write_text("5")


def resident_mb(bot: BotProcess, line: str) -> float:
    """Of /proc/<pid>/status: VmRSS is now, VmHWM the most since it was reset."""
    for each in Path(f"/proc/{bot.process.pid}/status").read_text().splitlines():
        if each.startswith(f"{line}:"):
            return int(each.split()[1]) / 1024
    raise LookupError(line)
