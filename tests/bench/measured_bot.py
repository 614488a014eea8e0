"""`python -m tests.bench.measured_bot [--split] run`: the unchanged bot, with probes on its event loop.

SIGUSR1 begins the measurement, so that the start is no part of it. SIGUSR2 ends it: a line of the log has the
CPU, the longest stall of the loop, and with `--split` the CPU of each stage. A tick every 5 ms costs under half a
percent of a core. `--idle` has the probes on a loop without a bot.
"""

import asyncio
import os
import signal
import sys
import threading
import time
from asyncio import events
from collections import defaultdict
from pathlib import Path
from typing import Any

import structlog

from bot.cli import main as bot_main
from bot.logs import configure

TICK_S = 0.005
LATE_S = 0.015
MEASURED = "measured"
IDLE = "--idle"
_TASKS = (
    ("CommandTree", "command: acknowledge, gate, picture, acceptance"),
    ("PrivateReplies", "private replies"),
    ("private replies", "private replies"),
    ("generate ", "paid call, and writing it down"),
    ("deliver ", "fetching and posting the result"),
    ("Worker", "claims"),
    ("Stage", "claims"),
)
_OTHER_TASKS = "Discord's gateway, request bodies, the rest"
_CALLBACKS = "sockets: reading and writing"


class Probes:
    """Ticks on the loop, and measures by how much each tick is late."""

    def __init__(self, *, split: bool) -> None:
        self.longest_s = 0.0
        self.ticks = self.late_ticks = 0
        self.split = split
        self.by_stage: dict[str, float] = defaultdict(float)
        self.longest_callback = (0.0, "")
        self._began = (0.0, 0.0)
        self._threads: dict[str, float] = {}

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.add_signal_handler(signal.SIGUSR1, self.begin)
        loop.add_signal_handler(signal.SIGUSR2, self.end)
        self._tick(loop, time.perf_counter())

    def begin(self) -> None:
        self.longest_s, self.ticks, self.late_ticks, self.longest_callback = 0.0, 0, 0, (0.0, "")
        self.by_stage.clear()
        self._began = (time.process_time() + children_seconds(), time.thread_time())
        self._threads = thread_seconds()

    def end(self) -> None:
        structlog.get_logger(__name__).info(MEASURED, **self._report())

    def _tick(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        now = time.perf_counter()
        self.longest_s, self.ticks = max(self.longest_s, now - due), self.ticks + 1
        self.late_ticks += now - due > LATE_S
        loop.call_later(TICK_S, self._tick, loop, now + TICK_S)

    def _report(self) -> dict[str, Any]:
        stages = dict(self.by_stage)
        for name, seconds in thread_seconds().items():
            stages[name] = stages.get(name, 0.0) + seconds - self._threads.get(name, 0.0)
        loop_s = time.thread_time() - self._began[1]
        stages["the loop itself: select, timers"] = loop_s - sum(self.by_stage.values())
        return {
            "cpu_s": time.process_time() + children_seconds() - self._began[0],
            "longest_stall_ms": self.longest_s * 1000,
            "longest_callback": [self.longest_callback[0] * 1000, self.longest_callback[1]],
            "ticks": self.ticks,
            "late_ticks": self.late_ticks,
            "stages": stages if self.split else {},
        }

    def time_callbacks(self) -> None:
        """Every callback of the loop counts for the stage whose task it steps."""
        run, by_stage = events.Handle._run, self.by_stage

        def timed(handle: events.Handle) -> None:
            began, began_cpu = time.perf_counter(), time.thread_time()
            stage = stage_of(handle._callback)  # type: ignore[attr-defined]  # typeshed does not tell
            run(handle)
            by_stage[stage] += time.thread_time() - began_cpu
            self.longest_callback = max(self.longest_callback, (time.perf_counter() - began, stage))

        events.Handle._run = timed  # type: ignore[method-assign]  # the loop looks it up at each call


def thread_seconds() -> dict[str, float]:
    """CPU seconds of the threads beside the loop's: the database's, and those that pictures are handled in."""
    seconds: dict[str, float] = defaultdict(float)
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and thread.ident is not None:
            name = "database thread" if thread.name == "database" else "pictures and files, in threads"
            seconds[name] += time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
    return seconds


def children_seconds() -> float:
    """CPU seconds of the picture processes, those that have ended included. 0 where there is no /proc."""
    ended = os.times()
    ticks = 0
    for task in Path("/proc/self/task").glob("*/children"):
        for child in task.read_text().split():
            # Behind the name, which is in brackets: state is the first field, user and system time the 12th and 13th.
            fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ended.children_user + ended.children_system + ticks / os.sysconf("SC_CLK_TCK")


def stage_of(callback: object) -> str:
    task = getattr(callback, "__self__", None)
    if not isinstance(task, asyncio.Task):
        return _CALLBACKS
    words = f"{task.get_name()} {getattr(task.get_coro(), '__qualname__', '')}"
    return next((stage for word, stage in _TASKS if word in words), _OTHER_TASKS)


class _Policy(asyncio.DefaultEventLoopPolicy):
    def __init__(self, probes: Probes) -> None:
        super().__init__()
        self._probes = probes

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        loop = super().new_event_loop()
        loop.call_soon(self._probes.start, loop)
        return loop


def main() -> None:
    arguments = sys.argv[1:]
    probes = Probes(split="--split" in arguments)
    if probes.split:
        arguments.remove("--split")
        probes.time_callbacks()
    asyncio.set_event_loop_policy(_Policy(probes))
    if arguments == [IDLE]:
        asyncio.run(_idle())
    sys.argv[1:] = arguments
    bot_main()


async def _idle() -> None:
    """Until it is killed: a loop that does nothing shows how long the machine itself keeps a loop waiting."""
    configure("json", "INFO")
    structlog.get_logger(__name__).info("ready")
    await asyncio.Event().wait()


if __name__ == "__main__":
    main()
