"""`remix-bot demo`, or another page like it, as a process of its own."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
_ENDS_WITHIN_S = 20


@contextmanager
def demo_page(*options: str) -> Iterator[str]:
    """The address of the demo's page. Ctrl-C ends it."""
    with open_page("bot", "demo", "--no-browser", *options) as address:
        yield address


@contextmanager
def open_page(module: str, *arguments: str) -> Iterator[str]:
    """The address that this module prints when it is run."""
    command = [sys.executable, "-m", module, *arguments]
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, cwd=ROOT, text=True, **both) as process:  # noqa: S603 - our own command
        try:
            yield _address(process)
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=_ENDS_WITHIN_S)


def _address(process: subprocess.Popen[str]) -> str:
    told = ""
    for line in process.stdout or ():
        told += line
        if found := re.search(r"http://127\.0\.0\.1:\d+/#\S+", line):
            return found.group()
    raise AssertionError(f"the demo did not open: {told}")
