"""Writes and reads what the bot and its picture processes send each other: JSON, and the bytes of a picture behind it.

Not pickle: the process that answers has decoded a stranger's file, so its answer must not be able to run code here.
"""

import json
import struct
from typing import IO, Any

_LENGTHS = struct.Struct(">IQ")
_LONGEST_HEAD = 1_000_000

Head = dict[str, Any]


class BrokenMessageError(Exception):
    """The other side ended, or sent something else than a message."""


def write_message(stream: IO[bytes], head: Head, body: bytes = b"") -> None:
    """Blocks. Raises OSError if the other side has ended."""
    encoded = json.dumps(head).encode()
    stream.write(_LENGTHS.pack(len(encoded), len(body)) + encoded)
    stream.write(body)
    stream.flush()


def read_message(stream: IO[bytes], longest_body: int) -> tuple[Head, bytes]:
    """Blocks. Raises BrokenMessageError."""
    head_bytes, body_bytes = _LENGTHS.unpack(_read(stream, _LENGTHS.size))
    if head_bytes > _LONGEST_HEAD or body_bytes > longest_body:
        raise BrokenMessageError("too long")
    try:
        head = json.loads(_read(stream, head_bytes))
    except ValueError:
        raise BrokenMessageError("not JSON") from None
    if not isinstance(head, dict):
        raise BrokenMessageError("not an object")
    return head, _read(stream, body_bytes)


def _read(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise BrokenMessageError("ended")
    return data
