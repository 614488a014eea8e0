"""For how long the bot's event loop ever stands still: under a load of its own, and under the others of this run."""

from collections.abc import Sequence

from tests.bench.figures import Bench, Figure, Target
from tests.bench.house import begin, open_bench_house
from tests.bench.measures.pictures import MB, jpeg_of, png_of

_RESULT = 2 * MB
_SOURCE = MB // 2


async def measure(bench: Bench) -> Sequence[Figure]:
    people = bench.counts.crowd
    async with open_bench_house(bench.room("stall"), latency_s=0.5, result=png_of(_RESULT), split=True) as house:
        bot = await house.start()
        await house.serve_many(min(people, 20), at_once=10)
        idle = await house.start_idle_loop()
        begin(bot)
        begin(idle)
        await house.serve_many(people, at_once=people, picture=jpeg_of(_SOURCE))
        measured = await house.measured(bot)
        bench.note_stall(f"{people} at once, 0.5 MB sent, 2 MB made", measured)
        beside = (await house.measured(idle))["longest_stall_ms"]
    worst = sorted(bench.stalls.items(), key=lambda stall: -stall[1])
    return [
        Figure(
            "longest stall of the bot's event loop under every load of this run",
            worst[0][1],
            "ms",
            Target(at_most=50),
            [
                *(f"{ms:.0f} ms: {load}" for load, ms in worst),
                f"{beside:.0f} ms: an idle loop in a process beside the last of these",
                "longest single step in the last of these: {:.0f} ms ({})".format(*measured["longest_callback"]),
            ],
        ),
        Figure(
            "ticks of the bot's event loop, every 5 ms under all loads of this run, that were less than 15 ms late",
            100 * (1 - bench.ticks["late_ticks"] / bench.ticks["ticks"]),
            "%",
            Target(at_least=99.9),
            [f"{bench.ticks['late_ticks']} of {bench.ticks['ticks']} were later"],
        ),
    ]
