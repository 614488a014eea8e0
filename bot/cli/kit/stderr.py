"""Speaks on stderr: to people in plain lines, or to machines in one JSON object per line (LOG_FORMAT=json)."""

import io
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import typer


class JsonStderr(io.TextIOBase):
    """Stands in for `sys.stderr` and logs each line that is printed there: libraries print what they do not log."""

    def __init__(self, beneath: TextIO) -> None:
        self.beneath = beneath
        """Where the lines of the log go."""
        self._rest = ""
        self._lock = threading.Lock()

    @property
    def encoding(self) -> str:  # type: ignore[override]  # typeshed has it as an attribute
        return "utf-8"

    @property
    def errors(self) -> str:  # type: ignore[override]  # typeshed has it as an attribute
        return "backslashreplace"

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.beneath.fileno()

    def write(self, text: str) -> int:
        with self._lock:
            *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            if line.strip():
                _log("stderr", "warning", line)
        return len(text)


@contextmanager
def speaking_json() -> Iterator[None]:
    """From now on everything on stderr is JSON, also warnings, tracebacks and what libraries print."""
    from bot import logs  # noqa: PLC0415 - people at a terminal do without structlog, which takes a while to import

    logs.configure("json", "INFO")
    logs.log_uncaught()
    sys.stderr = JsonStderr(sys.stderr)
    try:
        yield
    finally:
        # What was printed without the end of a line is a line too.
        sys.stderr.write("\n")


def tell(line: str, level: str = "error") -> None:
    """Say one sentence. Machines also learn how bad it is: `warning` or `error`."""
    if isinstance(sys.stderr, JsonStderr):
        _log("remix-bot", level, line)
    else:
        typer.echo(line, err=True)


def _log(logger: str, level: str, line: str) -> None:
    import structlog  # noqa: PLC0415 - see speaking_json

    getattr(structlog.get_logger(logger), level)(line)
