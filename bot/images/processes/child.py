"""The process that decodes strangers' pictures: `python -m bot.images.processes.child MEMORY_BYTES CPU_SECONDS`.

It has no token and no key, and after its start it can open no file and no connection. It reads a request, answers it,
and ends when its input does.
"""

import contextlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict
from typing import BinaryIO

from PIL import Image, ImageFont

from bot.images.bar_chart import draw
from bot.images.chart import Panel, Series
from bot.images.errors import UnreadablePictureError
from bot.images.fit import fit_to_size
from bot.images.likeness.fingerprint import prints_to_find, prints_to_keep
from bot.images.pictures import SourceLimits
from bot.images.prepare import prepare_source
from bot.images.processes.messages import BrokenMessageError, Head, read_message, write_message
from bot.images.thumbnail import make_thumbnail
from bot.rules.refusals import Refused

if sys.platform != "win32":
    import resource

LONGEST_BODY = 1 << 30
_LONGEST_TRACE = 4000


def main() -> None:
    memory_bytes, cpu_s = int(sys.argv[1]), int(sys.argv[2])
    # The parent ends this process by closing its input. A service manager, a key or a closed terminal signals the whole
    # group at once, but results of paid calls are still to be made to fit then.
    for name in ("SIGINT", "SIGTERM", "SIGQUIT", "SIGHUP"):
        if number := getattr(signal, name, None):  # Windows has only the first two
            signal.signal(number, signal.SIG_IGN)
    requests, answers = _take_streams()
    _import_everything()
    _limit(memory_bytes)
    write_message(answers, {"ready": True})
    with contextlib.suppress(BrokenMessageError, OSError):
        while True:
            head, body = read_message(requests, LONGEST_BODY)
            _limit_cpu(cpu_s)
            write_message(answers, *_answer(head, body))
            del body


def _take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output, out of reach of libraries that print: libtiff writes its warnings there."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    return sys.stdin.buffer, answers


def _import_everything() -> None:
    """Later imports would fail, because no file can be opened any more."""
    Image.init()
    ImageFont.load_default(10)
    for name in ("utf-16-be", "latin-1", "ascii"):
        "".encode(name)


def _limit(memory_bytes: int) -> None:
    """Not on Windows: there only the parent's deadline holds."""
    if sys.platform == "win32":
        return
    used = len(os.listdir("/dev/fd")) if os.path.isdir("/dev/fd") else 8  # noqa: PTH112, PTH208 - one call each, before the limits
    for kind, limit in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_NOFILE, used - 1),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))


def _limit_cpu(cpu_s: int) -> None:
    """For the next request. The system counts from the start of the process, and ends it at the limit."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + cpu_s, resource.RLIM_INFINITY))


def _answer(head: Head, body: bytes) -> tuple[Head, bytes]:
    try:
        return _TASKS[head["task"]](head, body)
    except Exception:  # noqa: BLE001 - the parent logs whatever it was
        return {"failed": traceback.format_exc()[-_LONGEST_TRACE:]}, b""


def _prepare(head: Head, body: bytes) -> tuple[Head, bytes]:
    source = prepare_source(body, SourceLimits(**head["limits"]))
    if isinstance(source, Refused):
        return {"refused": source.reason, "limit": source.limit}, b""
    return {"was_animated": source.was_animated}, source.data


def _fit(head: Head, body: bytes) -> tuple[Head, bytes]:
    try:
        fitted = fit_to_size(body, head["max_bytes"])
    except UnreadablePictureError as error:
        return {"unreadable": str(error)}, b""
    values = {name: value for name, value in asdict(fitted).items() if name != "data"}
    return values, fitted.data if fitted.changed else b""


def _thumbnail(_head: Head, body: bytes) -> tuple[Head, bytes]:
    try:
        return {}, make_thumbnail(body)
    except UnreadablePictureError as error:
        return {"unreadable": str(error)}, b""


def _prints(head: Head, body: bytes) -> tuple[Head, bytes]:
    try:
        return {}, prints_to_keep(body) if head["keep"] else prints_to_find(body)
    except UnreadablePictureError as error:
        return {"unreadable": str(error)}, b""


def _draw(head: Head, _body: bytes) -> tuple[Head, bytes]:
    panels = [
        Panel(panel["title"], [_series(**series) for series in panel["series"]], panel["dollars"])
        for panel in head["panels"]
    ]
    return {}, draw(panels, head["labels"])


def _series(name: str, colour: list[int], values: list[float]) -> Series:
    red, green, blue = colour
    return Series(name, (red, green, blue), values)


_TASKS: dict[str, Callable[[Head, bytes], tuple[Head, bytes]]] = {
    "prepare": _prepare,
    "fit": _fit,
    "thumbnail": _thumbnail,
    "prints": _prints,
    "draw": _draw,
}

if __name__ == "__main__":
    main()
