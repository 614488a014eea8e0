"""Shows how far long work has come: bars on a terminal, now and then a line elsewhere. Both go to stderr."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from bot.rules.progress import Progress, Step

# What is done sooner needs no line: a timer that runs `backup` every hour would mail them.
_FIRST_LINE_S = 10.0
_NEXT_LINE_S = 30.0

_WORDS: Mapping[Step, str] = {
    Step.COPY_DATABASE: "Copying the database",
    Step.CHECK_DATABASE: "Checking the database",
    Step.MIGRATE: "Updating the database",
    Step.COPY_ROWS: "Copying rows",
    Step.COPY_PICTURES: "Copying pictures",
    Step.CHECK_PICTURES: "Checking pictures",
    Step.MOVE_PICTURES: "Moving pictures aside",
    Step.AUDIT: "Auditing",
}


@contextmanager
def shown_progress(stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> Iterator[Progress]:
    """What the block reports is shown while it runs. `stream`: stderr by default."""
    stream = stream or sys.stderr
    if not stream.isatty():
        yield _Lines(stream, clock).hear
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(file=stream), transient=True) as bars:
        yield _Drawn(bars).hear


class _Drawn:
    """One bar for each step. It moves to and fro where nobody knows how much there is."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tasks: dict[Step, TaskID] = {}

    def hear(self, step: Step, done: int, total: int | None, /) -> None:
        if step not in self._tasks:
            # A step that only says that it has begun is over when the next one begins.
            for task in self._bars.tasks:
                self._bars.update(task.id, total=task.total or 1, completed=task.total or 1)
            self._tasks[step] = self._bars.add_task(_WORDS[step], total=total)
        self._bars.update(self._tasks[step], completed=done, total=total)


class _Lines:
    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        self._stream = stream
        self._clock = clock
        self._due = clock() + _FIRST_LINE_S

    def hear(self, step: Step, done: int, total: int | None, /) -> None:
        if self._clock() < self._due:
            return
        self._due = self._clock() + _NEXT_LINE_S
        amount = "" if total is None else f": {done:,} of {total:,}"
        self._stream.write(f"{_WORDS[step]}{amount}\n")
        self._stream.flush()
