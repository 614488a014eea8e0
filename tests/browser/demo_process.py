"""`remix-bot demo`, or another page like it, as a process of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any

from tests.chaos.forked_bots import LARGEST_MESSAGE, nest_process

ROOT = Path(__file__).parents[2]
_DEMO = ("bot", "demo", "--no-browser")
_ENDS_WITHIN_S = 20


@contextmanager
def demo_page(*options: str) -> Iterator[str]:
    """The address of the demo's page. Ctrl-C ends it."""
    with open_page(*_DEMO, *options) as address:
        yield address


@contextmanager
def open_page(module: str, *arguments: str) -> Iterator[str]:
    """The address that this module prints when it is run."""
    command = [sys.executable, "-m", module, *arguments]
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, cwd=ROOT, text=True, **both) as process:  # noqa: S603 - our own command
        try:
            yield _address(process.stdout or ())
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=_ENDS_WITHIN_S)


class DemoNest:
    """Forks demos from a process that has imported everything: importing takes 1.6 of the 2 s of CPU of a start."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link

    def _ask(self, question: dict[str, Any], *descriptors: int) -> dict[str, Any]:
        socket.send_fds(self._link, [json.dumps(question).encode()], descriptors)
        return json.loads(self._link.recv(LARGEST_MESSAGE))

    @contextmanager
    def demo_page(self, *options: str) -> Iterator[str]:
        """Like the function of this name."""
        read_end, write_end = os.pipe()
        question = {"arguments": [*_DEMO[1:], *options], "cwd": str(ROOT), "env": dict(os.environ), "stdout": True}
        pid = self._ask(question, write_end)["pid"]
        os.close(write_end)
        with os.fdopen(read_end) as output:
            try:
                yield _address(output)
            finally:
                self._end(pid, output)

    def _end(self, pid: int, output: Iterable[str]) -> None:
        late = Timer(_ENDS_WITHIN_S, os.kill, (pid, signal.SIGKILL))
        late.start()
        os.kill(pid, signal.SIGINT)
        rest = "".join(output)
        late.cancel()
        status = self._ask({"wait": pid})["status"]
        assert status == 0, f"the demo ended with {os.waitstatus_to_exitcode(status)}: {rest}"


@contextmanager
def open_demo_nest() -> Iterator[DemoNest]:
    with nest_process("bot.cli.demo", "bot.demo.page.show", "bot.storage.engine.migrations") as link:
        link.setblocking(True)
        yield DemoNest(link)


def _address(output: Iterable[str]) -> str:
    told = ""
    for line in output:
        told += line
        if found := re.search(r"http://127\.0\.0\.1:\d+/#\S+", line):
            return found.group()
    raise AssertionError(f"the demo did not open: {told}")
