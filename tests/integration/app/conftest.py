"""Runs the `remix-bot` command as a process."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the command in an empty folder, with these settings and no others."""

    def start(
        *arguments: str, program: tuple[str, ...] = ("-m", "bot"), **settings: str
    ) -> "subprocess.CompletedProcess[str]":
        system = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "HOME") if name in os.environ}
        command = [sys.executable, *program, *arguments]
        return subprocess.run(  # noqa: S603 - this very Python
            command,
            cwd=tmp_path,
            env={**system, "PYTHONPATH": str(ROOT), **settings},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return start


@pytest.fixture
def default_url(tmp_path: Path) -> str:
    """Where the database is if nothing else is set."""
    return f"sqlite:///{tmp_path / 'data' / 'remix.db'}"
