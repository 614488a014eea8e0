"""From the command to a bot that works, beside an interpreter that only imports the same packages."""

import asyncio
import sys
import time
from collections.abc import Sequence
from statistics import median

from tests.bench.figures import Bench, Figure, Target, spread
from tests.bench.house import BenchHouse, open_bench_house
from tests.wire.bot_process import House

PACKAGES = (
    "aiohttp, alembic.command, discord.ui, discord.app_commands, dotenv, filelock, PIL.Image, pillow_heif, pydantic,"
    " pydantic_settings, sqlalchemy, structlog, typer, yarl"
)


async def measure(bench: Bench) -> Sequence[Figure]:
    async with open_bench_house(bench.room("start")) as house:
        # The first of each compiles what it imports.
        await _start(house)
        await _import(house)
        first = await _start(house, DATABASE_URL="sqlite:///first.db")
        ours: list[float] = []
        imports: list[float] = []
        for _ in range(bench.counts.start_rounds):
            imports.append(await _import(house))
            ours.append(await _start(house))
    ratio = median(a / b for a, b in zip(ours, imports, strict=True))
    return [
        Figure(
            "start to ready, logged in and with its commands synced, beside importing the same packages",
            ratio,
            "times",
            Target(at_most=1.5),
            [
                f"start {spread(ours, digits=0)}, import {spread(imports, digits=0)}",
                f"a first start, which makes the database: {first:.0f} ms",
            ],
        )
    ]


async def _start(house: BenchHouse, **settings: object) -> float:
    """Without the probes. Milliseconds until it says that it is ready."""
    began = time.perf_counter()
    bot = await House.launch(house, LOG_LEVEL="INFO", **settings)
    await bot.logged("ready")
    took = (time.perf_counter() - began) * 1000
    await bot.stop()
    return took


async def _import(house: BenchHouse) -> float:
    """Milliseconds until it says that all is imported."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        f"import {PACKAGES}\nprint(flush=True)",
        cwd=house.folder,
        env=house.environment({}),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    await process.stdout.readline()
    took = (time.perf_counter() - began) * 1000
    await process.wait()
    return took
