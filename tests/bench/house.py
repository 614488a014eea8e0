"""The bot as its own process with probes, between a loopback Discord and a stand-in that draws nothing, under load."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.demo.ideogram_stand_in import IdeogramStandIn
from bot.demo.ideogram_stand_in.dials import Fault
from bot.demo.ideogram_stand_in.form import RemixCall
from bot.rules.generations import IdeogramApi
from tests.bench.measured_bot import IDLE, MEASURED
from tests.bench.measures.pictures import noise_png
from tests.wire.bot_process import API_KEY, BotProcess, House, Remix
from tests.wire.loopback_discord import LoopbackDiscord

DONE = "**Done.**"
LONGEST_S = 600.0
"""No remix of a bench waits longer; then something is broken."""

SETTINGS = {"COOLDOWN_S": 0, "MAX_QUEUED": 2000, "LOG_LEVEL": "INFO"}


class CannedIdeogram(IdeogramStandIn):
    """Takes and answers calls as the stand-in does, with one picture that was drawn before: drawing is not measured.

    `busy_s` is the time of all calls that were taken, each from its arrival to its answer.
    """

    def __init__(self, result: bytes, latency_s: float) -> None:
        super().__init__(api_key=API_KEY, latency_s=latency_s)
        self._result = result
        self.first_began = self.last_ended = self.busy_s = 0.0

    async def _remix(self, request: web.Request, api: IdeogramApi) -> web.StreamResponse:
        clock = asyncio.get_running_loop().time
        began = clock()
        self.first_began = self.first_began or began
        before = len(self.calls)
        try:
            return await super()._remix(request, api)
        finally:
            # A call that was refused used no slot.
            if self.calls[before].billed:
                self.last_ended = clock()
                self.busy_s += self.last_ended - began

    async def _draw(self, call: RemixCall, fault: Fault) -> dict[str, object]:
        return {
            "prompt": call.prompt,
            "resolution": "2048x2048",
            "is_image_safe": True,
            "seed": 1,
            "url": self.url + self._results.add(self._result, fault),
        }


@dataclass(eq=False, slots=True)
class BenchHouse(House):
    """`split`: the CPU of each stage is measured too, which costs a little."""

    split: bool = False

    async def launch(self, *arguments: str, **settings: object) -> BotProcess:
        probes = ("--split",) if self.split else ()
        started = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.bench.measured_bot",
            *probes,
            *(arguments or ("run",)),
            cwd=self.folder,
            env=self.environment({**SETTINGS, **settings}),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        bot = BotProcess(started)
        self.processes.append(bot)
        bot.read()
        return bot

    async def serve(self, *, picture: bytes | None = None) -> Remix:
        """One /remix of somebody new, from the command to the word that it is done. What it posted is forgotten."""
        remix = await self.remix(picture=picture)
        await self.until_done(remix)
        return remix

    async def until_done(self, remix: Remix) -> None:
        await remix.interaction.wait_for(lambda _: DONE in remix.told, LONGEST_S)

    async def serve_many(self, count: int, *, at_once: int, picture: bytes | None = None) -> None:
        """`at_once` people are in the house at any time, until `count` have been served."""
        free = asyncio.Semaphore(at_once)

        async def one() -> None:
            async with free:
                await self.serve(picture=picture)

        async with asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(one())
        self.forget_files()

    def forget_files(self) -> None:
        """This Discord keeps every file: what nobody will look at any more only fills the memory."""
        for message in self.channel.messages:
            message.attachments.clear()
        self.discord.world.attachments.clear()

    async def measured(self, bot: BotProcess) -> dict[str, Any]:
        """What the probes have seen since `begin`."""
        bot.signal(signal.SIGUSR2)
        await bot.logged(MEASURED)
        return next(event for event in reversed(bot.events) if event["event"] == MEASURED)

    async def start_idle_loop(self) -> BotProcess:
        """A loop beside the bot's that does nothing: what keeps that one waiting is the machine."""
        idle = await self.launch(IDLE)
        await idle.logged("ready")
        return idle


def begin(bot: BotProcess) -> None:
    """The measurement begins."""
    bot.signal(signal.SIGUSR1)


@asynccontextmanager
async def open_bench_house(
    folder: Path, *, result: bytes | None = None, latency_s: float = 0.0, split: bool = False
) -> AsyncIterator[BenchHouse]:
    """What a bot logged is looked through at the end: a bench of a broken bot is worth nothing."""
    discord, ideogram = LoopbackDiscord(), CannedIdeogram(result or noise_png(32), latency_s)
    await discord.start()
    await ideogram.start()
    house = BenchHouse(discord, ideogram, folder, discord.add_guild().add_channel(), split=split)
    try:
        yield house
    finally:
        await house.close()
    house.check_logs()
