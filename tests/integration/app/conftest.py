"""Runs the `remix-bot` command as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.cli.lazy_group import SUBCOMMANDS
from tests.chaos.forked_bots import CommandNest, nest_process

WITHIN_S = 60.0
ROOT = Path(__file__).parents[3]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def nest() -> Iterator[CommandNest]:
    """The process that `run` forks from: importing takes 0.7 to 1.5 s of CPU, more than most commands do."""
    with nest_process(*(f"{each.folder}.{name.replace('-', '_')}" for name, each in SUBCOMMANDS.items())) as link:
        yield CommandNest(link)


@pytest.fixture
def run(tmp_path: Path, nest: CommandNest) -> Run:
    """Runs the command in an empty folder, with these settings and no others. With `program` in a new Python."""

    def start(*arguments: str, program: tuple[str, ...] = (), **settings: str) -> "subprocess.CompletedProcess[str]":
        system = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "HOME") if name in os.environ}
        environment = {**system, "PYTHONPATH": str(ROOT), **settings}
        if not program:
            return nest.run(arguments, tmp_path, environment, WITHIN_S)
        return subprocess.run(  # noqa: S603 - this very Python
            [sys.executable, *program, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )

    return start


@pytest.fixture
def default_url(tmp_path: Path) -> str:
    """Where the database is if nothing else is set."""
    return f"sqlite:///{tmp_path / 'data' / 'remix.db'}"
