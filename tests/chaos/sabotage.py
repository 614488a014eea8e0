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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.meta.source_files import ROOT, own_files

LISTS = Path(__file__).with_name("sabotages")
PATIENCE = ("tests/wire/bot_process.py", "WITHIN_S = 40.0", "WITHIN_S = 20.0")
"""A broken bot is waited for in vain, so the copy waits less. Unbroken it has to pass so as well."""

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


def copy_to(folder: Path) -> None:
    for path in own_files():
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def write(path: Path, text: str) -> None:
    """With a time of its own: compiled files are told from stale ones by the second and the size."""
    path.write_text(text, encoding="utf-8")
    stamp = next(_STAMPS)
    os.utime(path, (stamp, stamp))


def run_tests(folder: Path, files: Iterable[str], words: Iterable[str]) -> tuple[int, str]:
    """The exit code of pytest and what it printed."""
    chosen = " or ".join(f"({word})" for word in words if word)
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=short", "-p", "no:cacheprovider", "-k", chosen, *files]
    env = {**os.environ, "COLUMNS": "200", "HYPOTHESIS_STORAGE_DIRECTORY": str(folder / ".hypothesis")}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    return done.returncode, done.stdout + done.stderr


def require_that_they_pass(folder: Path, sabotages: Sequence[Sabotage]) -> None:
    """Unbroken, and with the short patience."""
    by_file: Mapping[str, set[str]] = defaultdict(set)
    for each in sabotages:
        by_file[each.test].add(each.word)
    for file, words in by_file.items():
        # An empty word takes the whole file.
        code, printed = run_tests(folder, [file], [] if "" in words else sorted(words))
        if code:
            raise CannotRunError(f"{file} fails by itself:\n{printed}")


def is_noticed(folder: Path, each: Sabotage) -> bool:
    path = folder / each.file
    whole = path.read_text(encoding="utf-8")
    write(path, whole.replace(each.old, each.new))
    began = time.monotonic()
    code, printed = run_tests(folder, [each.test], [each.word])
    write(path, whole)
    noticed = code == 1 and re.search(each.tells, printed) is not None and TOO_SLOW not in printed
    tell(f"{'seen' if noticed else 'NOT SEEN'} in {time.monotonic() - began:.0f} s: {each}")
    for line in re.findall(r"^(?:FAILED|ERROR) .*", printed, re.MULTILINE):
        tell(f"    {line}")
    if not noticed:
        tell(printed)
    return noticed


def tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the report that this is for


def run(sabotages: Sequence[Sabotage]) -> int:
    """How many were noticed. Raises CannotRunError."""
    if reasons := [reason for each in sabotages if (reason := stale(each))]:
        raise CannotRunError("\n".join(reasons))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_to(folder)
        file, old, new = PATIENCE
        whole = (folder / file).read_text(encoding="utf-8")
        if whole.count(old) != 1:
            raise CannotRunError(f"not once in {file}: {old}")
        write(folder / file, whole.replace(old, new))
        require_that_they_pass(folder, sabotages)
        return sum([is_noticed(folder, each) for each in sabotages])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="WORD", default="")
    asked = parser.parse_args()
    sabotages = [each for each in read_lists() if asked.only in str(each)]
    began = time.monotonic()
    try:
        noticed = run(sabotages)
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
