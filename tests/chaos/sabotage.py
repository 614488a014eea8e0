"""Breaks the handling of each fault of docs/faults.md, one at a time, and sees that its test fails for that reason.

`python -m tests.chaos.sabotage` works in a copy of the checkout and closes with one line; exit code 1 where a test
did not notice. `--only WORD` takes those whose row, file or test has that word. `sabotages/*.toml` tell what is broken.
"""

import argparse
import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from tests.meta.source_files import ROOT, own_files

T = TypeVar("T")

LISTS = Path(__file__).with_name("sabotages")
PATIENCE = ("tests/wire/bot_process.py", "WITHIN_S = 40.0", "WITHIN_S = 30.0")
"""A broken bot is waited for in vain, so the copy waits less. Unbroken it has to pass as well: a storm takes 22 s."""

TOO_SLOW = "TimeoutError: the log line 'ready'"
"""The machine was too busy to start the bot, so nothing was seen."""

_STAMPS = itertools.count(1_000_000_000)


@dataclass(frozen=True, slots=True)
class Sabotage:
    """`old` in `file` becomes `new`, and then the tests `word` in `test` fail with `tells` in what pytest prints.

    `row` is the first cell of a row of docs/faults.md.
    """

    row: str
    file: str
    old: str
    new: str
    test: str
    word: str
    tells: str

    def __str__(self) -> str:
        return f"{self.row} | {self.file} | {self.test.removeprefix('tests/')} {self.word}"


class CannotRunError(Exception):
    """The list has gone stale, or a test fails by itself."""


def read_lists() -> list[Sabotage]:
    paths = sorted(LISTS.glob("*.toml"))
    entries = [entry for path in paths for entry in tomllib.loads(path.read_text(encoding="utf-8"))["sabotage"]]
    return [Sabotage(**entry) for entry in entries]


def rows_of_the_table() -> list[str]:
    """The faults that docs/faults.md lists, that is until `## Seen failing`."""
    text = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8").partition("## Seen failing")[0]
    cells = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("|")]
    return [cell for cell in cells if cell != "fault" and cell.strip("-")]


def stale(found: Sabotage) -> str | None:
    """Why it cannot be done any more."""
    times = (ROOT / found.file).read_text(encoding="utf-8").count(found.old) if (ROOT / found.file).is_file() else 0
    if times != 1:
        return f"{times} times in {found.file}, not once: {found.old!r}"
    return None if (ROOT / found.test).is_file() else f"no such file: {found.test}"


class Copy:
    """A copy of the checkout, in which one thing at a time is broken."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for path in own_files():
            target = folder / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        file, old, new = PATIENCE
        whole = (folder / file).read_text(encoding="utf-8")
        if whole.count(old) != 1:
            raise CannotRunError(f"not once in {file}: {old}")
        self._write(file, whole.replace(old, new))

    def _write(self, file: str, text: str) -> None:
        """With a time of its own: compiled files are told from stale ones by the second and the size."""
        path = self._folder / file
        path.write_text(text, encoding="utf-8")
        stamp = next(_STAMPS)
        os.utime(path, (stamp, stamp))

    def run_tests(self, file: str, words: Collection[str]) -> tuple[int, str]:
        """The exit code of pytest and what it printed. An empty word takes the whole file."""
        chosen = "" if "" in words else " or ".join(f"({word})" for word in sorted(words))
        options = ["-x", "-q", "--tb=short", "--timeout=60", "-p", "no:cacheprovider", "-k", chosen, file]
        # Compiled once for all runs, and nowhere else: a bot that has to compile first starts late.
        kept = {"PYTHONPYCACHEPREFIX": "bytecode", "HYPOTHESIS_STORAGE_DIRECTORY": "hypothesis"}
        own = {name: str(self._folder.parent / folder) for name, folder in kept.items()}
        env = {**os.environ, **own, "COLUMNS": "200", "PYTHONDONTWRITEBYTECODE": ""}
        done = subprocess.run(  # noqa: S603 - this very Python
            [sys.executable, "-m", "pytest", *options],
            cwd=self._folder,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def require_that_they_pass(self, file: str, words: Collection[str]) -> None:
        """Unbroken, and with the short patience."""
        code, printed = self.run_tests(file, words)
        if code:
            raise CannotRunError(f"{file} fails by itself:\n{printed}")

    def is_noticed(self, each: Sabotage) -> bool:
        whole = (self._folder / each.file).read_text(encoding="utf-8")
        self._write(each.file, whole.replace(each.old, each.new))
        began = time.monotonic()
        code, printed = self.run_tests(each.test, [each.word])
        self._write(each.file, whole)
        noticed = code == 1 and re.search(each.tells, printed) is not None and TOO_SLOW not in printed
        failed = [f"    {line}" for line in re.findall(r"^(?:FAILED|ERROR) .*", printed, re.MULTILINE)]
        verdict = "seen" if noticed else "NOT SEEN"
        tell(
            "\n".join([f"{verdict} in {time.monotonic() - began:.0f} s: {each}", *failed, *([printed] * (not noticed))])
        )
        return noticed


def tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the report that this is for


def run(sabotages: Sequence[Sabotage], at_once: int) -> int:
    """How many were noticed. Raises CannotRunError."""
    if reasons := [reason for each in sabotages if (reason := stale(each))]:
        raise CannotRunError("\n".join(reasons))
    by_file: Mapping[str, set[str]] = defaultdict(set)
    for each in sabotages:
        by_file[each.test].add(each.word)
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(at_once) as pool:
        copies: SimpleQueue[Copy] = SimpleQueue()
        for number in range(at_once):
            copies.put(Copy(Path(name) / str(number)))

        def in_a_copy(work: Callable[[Copy], T]) -> T:
            copy = copies.get()
            try:
                return work(copy)
            finally:
                copies.put(copy)

        for unbroken in [
            pool.submit(in_a_copy, partial(Copy.require_that_they_pass, file=file, words=words))
            for file, words in by_file.items()
        ]:
            unbroken.result()
        broken = [pool.submit(in_a_copy, partial(Copy.is_noticed, each=each)) for each in sabotages]
        return sum([each.result() for each in broken])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="WORD", default="")
    parser.add_argument("--at-once", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    sabotages = [each for each in read_lists() if asked.only in str(each)]
    began = time.monotonic()
    try:
        noticed = run(sabotages, asked.at_once)
    except CannotRunError as error:
        tell(str(error))
        return 1
    took = time.monotonic() - began
    all_of_them = noticed == len(sabotages)
    verdict = "ok" if all_of_them else "FAILED"
    tell(f"{noticed} of {len(sabotages)} faults were noticed by their tests; {took:.0f} s: {verdict}")
    return 0 if all_of_them else 1


if __name__ == "__main__":
    sys.exit(main())
