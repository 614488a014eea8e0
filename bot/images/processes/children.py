"""Starts, asks and ends the processes in which pictures are decoded. Everything here blocks."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import bot
from bot.images.processes.messages import BrokenMessageError, Head, read_message, write_message

# Nothing else of the environment reaches a child: the token and the key are in it.
_PASSED_ON = (
    "PATH",
    "SYSTEMROOT",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "TEMP",
    "PYTHONPYCACHEPREFIX",
)
# glibc gives memory back after each picture, and 10 MB then cost 3,000 to 15,000 page faults each time: 7 to 38 ms.
_ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(48 << 20)}
_SIGXCPU = 24
_END_S = 1.0
_PIPE_BYTES = 1 << 20
_SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ, which the module fcntl has by name only where the system has it


class ChildError(Exception):
    """The child ended without an answer. `too_long`: because it used up its processor time."""

    def __init__(self, code: int | None, *, too_long: bool = False) -> None:
        super().__init__("a picture took too long" if too_long else f"a picture process ended with {code}")
        self.too_long = too_long or code == -_SIGXCPU


class Child:
    """One process. It answers one request after the other, and is used by one thread at a time."""

    def __init__(self, *, memory_bytes: int, cpu_s: int) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-P", "-m", "bot.images.processes.child", str(memory_bytes), str(cpu_s)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )
        assert self._process.stdin and self._process.stdout  # noqa: S101, PT018 - both are pipes
        self._requests, self._answers = self._process.stdin, self._process.stdout
        self._is_ready = False
        self.asked = 0
        for stream in (self._requests, self._answers):
            _widen(stream.fileno())

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, head: Head, body: bytes, longest_answer: int) -> tuple[Head, bytes]:
        """Raises ChildError. The child is of no use then."""
        self.asked += 1
        try:
            self._wait_until_ready()
            write_message(self._requests, head, body)
            return read_message(self._answers, longest_answer)
        except (OSError, ValueError, BrokenMessageError):
            code = self._ended_by_itself()
            self.end()
            raise ChildError(code) from None

    def _ended_by_itself(self) -> int | None:
        """The exit code, or the negative number of a signal; None if it still runs, and so talks nonsense."""
        try:
            return self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            return None

    def _wait_until_ready(self) -> None:
        if not self._is_ready:
            read_message(self._answers, 0)
            self._is_ready = True

    def kill(self) -> None:
        """From any thread: a request that runs ends with ChildError."""
        self._process.kill()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._requests, self._answers):
            with contextlib.suppress(OSError):  # what was not sent yet cannot be flushed
                stream.close()


def _environment() -> dict[str, str]:
    """With the search path of this process, which may be a checkout, a wheel or a test's."""
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    here = str(Path(bot.__file__).parents[1])
    return {**passed, **_ALLOCATOR, "PYTHONPATH": os.pathsep.join(dict.fromkeys([here, *filter(None, sys.path)]))}


def _widen(pipe: int) -> None:
    """Fewer switches between the two processes: a picture of 10 MB passes through in 10 pieces instead of 150."""
    try:
        import fcntl  # noqa: PLC0415 - not on Windows
    except ImportError:
        return
    try:
        fcntl.fcntl(pipe, _SET_PIPE_SIZE, _PIPE_BYTES)
    except OSError:  # not on every system, and beyond the user's share of pipe memory
        return
