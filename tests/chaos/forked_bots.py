"""Starts bots quickly: a process that has imported everything forks for each. Every bot is a process of its own still.

Importing takes most of a start's time, and a run of hundreds of starts shall be over in minutes.
"""

import asyncio
import gc
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

ROOT = Path(__file__).parents[2]
LARGEST_MESSAGE = 200_000
RUN = ("bot.cli.run",)


class ForkedBot:
    """What BotProcess needs of an asyncio process."""

    def __init__(self, nest: "Nest", pid: int, stderr: asyncio.StreamReader) -> None:
        self._nest = nest
        self.pid = pid
        self.stderr = stderr
        self.returncode: int | None = None

    async def wait(self) -> int:
        """To be called once stderr has ended."""
        if self.returncode is None:
            self.returncode = os.waitstatus_to_exitcode((await self._nest.ask({"wait": self.pid}))["status"])
        return self.returncode

    def send_signal(self, number: int) -> None:
        """To one that has ended and is not waited for yet too: its number is nobody else's till then."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Nest:
    """The process that forks. One question at a time."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._lock = asyncio.Lock()

    async def ask(self, question: Mapping[str, Any], descriptors: Sequence[int] = ()) -> dict[str, Any]:
        async with self._lock:
            socket.send_fds(self._link, [json.dumps(question).encode()], list(descriptors))
            answer: dict[str, Any] = json.loads(await asyncio.get_running_loop().sock_recv(self._link, LARGEST_MESSAGE))
            return answer

    async def launch(self, arguments: Sequence[str], cwd: Path, env: Mapping[str, str]) -> ForkedBot:
        """A House's `starter`."""
        read_end, write_end = os.pipe()
        question = {"arguments": list(arguments), "cwd": str(cwd), "env": dict(env)}
        pid = (await self.ask(question, [write_end]))["pid"]
        os.close(write_end)
        reader = asyncio.StreamReader(limit=2**20)
        pipe = os.fdopen(read_end, "rb", 0)
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
        return ForkedBot(self, pid, reader)


class CommandNest:
    """Runs commands and waits for their end, for tests without an event loop."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link

    def run(
        self, arguments: Sequence[str], cwd: Path, env: Mapping[str, str], timeout_s: float
    ) -> "subprocess.CompletedProcess[str]":
        """What `subprocess.run` returns. Raises TimeoutError."""
        self._link.settimeout(timeout_s)
        with TemporaryFile() as stdout, TemporaryFile() as stderr:
            question = {"arguments": list(arguments), "cwd": str(cwd), "env": dict(env)}
            pid = self._ask(question, stderr.fileno(), stdout.fileno())["pid"]
            try:
                status = self._ask({"wait": pid})["status"]
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                self._link.recv(LARGEST_MESSAGE)
                raise
            texts = [_text(stdout), _text(stderr)]
        return subprocess.CompletedProcess([*arguments], os.waitstatus_to_exitcode(status), *texts)

    def _ask(self, question: Mapping[str, Any], *descriptors: int) -> dict[str, Any]:
        socket.send_fds(self._link, [json.dumps(question).encode()], descriptors)
        answer: dict[str, Any] = json.loads(self._link.recv(LARGEST_MESSAGE))
        return answer


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


@contextmanager
def nest_process(*imports: str) -> Iterator[socket.socket]:
    """The link to it. A `Nest` of one event loop after the other may use it. `imports` are modules."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours:
        ours.setblocking(False)
        with theirs:
            command = [sys.executable, "-m", "tests.chaos.forked_bots", str(theirs.fileno()), *(imports or RUN)]
            process = subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()])  # noqa: S603 - our own command
        with process:
            try:
                yield ours
            finally:
                # It ends once nobody is at this end any more.
                ours.close()


@contextmanager
def open_nest() -> Iterator[Nest]:
    with nest_process() as link:
        yield Nest(link)


def _serve(link: socket.socket) -> None:
    """Until the other side is gone."""
    while True:
        message, descriptors, _flags, _address = socket.recv_fds(link, LARGEST_MESSAGE, 2)
        if not message:
            return
        question = json.loads(message)
        if "wait" in question:
            answer = {"status": os.waitpid(question["wait"], 0)[1]}
        else:
            answer = {"pid": _fork(link, question, descriptors)}
            for each in descriptors:
                os.close(each)
        link.send(json.dumps(answer).encode())


def _fork(link: socket.socket, question: Mapping[str, Any], descriptors: Sequence[int]) -> int:
    """Returns only in the parent. The child ends as every Python does: it waits for its threads, and flushes."""
    pid = os.fork()
    if pid:
        return pid
    link.close()
    _be_a_bot(question, descriptors)
    sys.exit()


def _be_a_bot(question: Mapping[str, Any], descriptors: Sequence[int]) -> None:
    """`descriptors`: for stderr, and perhaps one for stdout."""
    nothing = os.open(os.devnull, os.O_RDWR)
    stderr, *own_stdout = descriptors
    stdout = own_stdout[0] if own_stdout else stderr if question.get("stdout") else nothing
    for number, source in ((0, nothing), (1, stdout), (2, stderr)):
        os.dup2(source, number)
    for each in descriptors:
        os.close(each)
    os.chdir(question["cwd"])
    os.environ.clear()
    os.environ.update(question["env"])
    sys.argv = ["remix-bot", *question["arguments"]]
    from bot.cli import main  # noqa: PLC0415 - imported long before; here it has its name

    main()


if __name__ == "__main__":
    # Only in this process, not in the one that asks it to fork.
    for module in sys.argv[2:]:
        import_module(module)
    # Else the first collection in each child, and the one at its end, would copy and visit all of it.
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as link_:
        _serve(link_)
