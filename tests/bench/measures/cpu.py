"""What a remix costs in CPU, picture processes included, from the command to the posted card, by stage."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.bench.figures import Bench, Figure, Target
from tests.bench.house import begin, open_bench_house
from tests.bench.measures.pictures import MB, png_of

RESULT_BYTES = 2 * MB
_AT_ONCE = 20


async def measure(bench: Bench) -> Sequence[Figure]:
    """Once for the figure, and once more with the timing of each stage, whose own cost is not part of the figure."""
    remixes = bench.counts.cpu_remixes
    plain = await _load(bench, "cpu", split=False)
    split = await _load(bench, "cpu-split", split=True)
    cpu_ms = plain["cpu_s"] * 1000 / remixes
    share = cpu_ms / sum(split["stages"].values())
    stages = sorted(split["stages"].items(), key=lambda stage: -stage[1])
    return [
        Figure(
            f"CPU a remix, picture processes included, result of {RESULT_BYTES // MB} MB, {_AT_ONCE} people at a time",
            cpu_ms,
            "ms",
            Target(at_most=20),
            [f"{seconds * share:.1f} ms {stage}" for stage, seconds in stages],
        )
    ]


async def _load(bench: Bench, name: str, *, split: bool) -> Mapping[str, Any]:
    remixes = bench.counts.cpu_remixes
    result = png_of(RESULT_BYTES)
    async with open_bench_house(bench.room(name), latency_s=0.2, result=result, split=split) as house:
        bot = await house.start()
        # What is done once, such as compiling the statements, is not what a remix costs.
        await house.serve_many(min(remixes, 20), at_once=10)
        begin(bot)
        await house.serve_many(remixes, at_once=_AT_ONCE)
        measured = await house.measured(bot)
    if not split:
        bench.note_stall(f"{remixes} remixes, {_AT_ONCE} at a time, results of {RESULT_BYTES // MB} MB", measured)
    return measured
