"""What the bot holds in memory: after many remixes beside after some, and with large pictures in flight."""

import asyncio
import contextlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tests.bench.figures import Bench, Figure, Target
from tests.bench.house import BenchHouse, begin, open_bench_house
from tests.bench.measures.pictures import MB, jpeg_of, png_of
from tests.wire.bot_process import BotProcess

_AT_ONCE = 30
_SHRINKING = 12_800_000
"""More than the upload limit below, so each is decoded and encoded again."""
_SAMPLED_EVERY_S = 0.02
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
            Target(at_most=5),
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
    picture = jpeg_of(_SHRINKING)
    async with open_bench_house(bench.room("large"), latency_s=2.0, result=result) as house:
        bot = await house.start(IDEOGRAM_MAX_UPLOAD_MB=10)
        await house.serve()
        before = family_mb(bot)
        begin(bot)
        with _Peak(bot) as watched:
            async with asyncio.timeout(300):
                await house.serve_many(count, at_once=count, picture=picture)
        peak, after = watched.mb, family_mb(bot)
        bench.note_stall(f"{count} pictures of 10 MB at once, results as large", await house.measured(bot))
    return [
        Figure(
            f"peak of memory, picture processes included, with {count} pictures of {len(picture) / MB:.1f} MB "
            "that must shrink, and results of 10 MB",
            peak,
            "MB",
            Target(at_most=600),
            [
                f"{before:.0f} MB before, {after:.0f} MB after; {(peak - before) / count:.0f} MB more for each",
                f"each of {len(picture) / MB:.1f} MB as sent and {len(result) / MB:.1f} MB as made",
            ],
        )
    ]


class _Peak:
    """The most memory of the bot and its children together. Sampled, because the system knows only each one's peak."""

    def __init__(self, bot: BotProcess) -> None:
        self.mb = 0.0
        self._bot = bot
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_SAMPLED_EVERY_S):
            self.mb = max(self.mb, family_mb(self._bot))


def family_mb(bot: BotProcess) -> float:
    """Of the bot and its children. What they share counts once (Pss)."""
    total_kb = 0
    for pid in (bot.process.pid, *_children(bot.process.pid)):
        with contextlib.suppress(OSError):  # it has just ended
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total_kb += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total_kb / 1024


def _children(pid: int) -> list[int]:
    return [int(child) for task in Path(f"/proc/{pid}/task").glob("*/children") for child in task.read_text().split()]


def resident_mb(bot: BotProcess, line: str) -> float:
    """Of /proc/<pid>/status: VmRSS is now, VmHWM the most since it was reset."""
    for each in Path(f"/proc/{bot.process.pid}/status").read_text().splitlines():
        if each.startswith(f"{line}:"):
            return int(each.split()[1]) / 1024
    raise LookupError(line)
