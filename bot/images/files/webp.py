"""Reads the chunks of a WebP, and measures it by them.

Source: https://developers.google.com/speed/webp/docs/riff_container
"""

from collections.abc import Iterator

from bot.images.errors import UnreadablePictureError
from bot.images.files.exif import read_orientation
from bot.images.formats import StoredSize

_RIFF_BYTES = 12
_MOST_CHUNKS = 10_000
_SIZE_14_BITS = 0x3FFF

Chunk = tuple[bytes, int, int]
"""A chunk's name, and where its content starts and ends."""


def measure_webp(data: bytes) -> StoredSize | None:
    """None if the first chunk is not a valid header. The orientation comes from the EXIF chunk."""
    size = read_size(data, (data[_RIFF_BYTES : _RIFF_BYTES + 4], _RIFF_BYTES + 8, len(data)))
    return StoredSize(*size, _find_orientation(data)) if size else None


def _find_orientation(data: bytes) -> int:
    try:
        for name, start, end in walk(data):
            if name == b"EXIF":
                return read_orientation(data[start:end])
    except UnreadablePictureError:
        return 1
    return 1


def walk(data: bytes) -> Iterator[Chunk]:
    """The chunks within the RIFF size. Bytes after it do not belong to the picture."""
    total = 8 + int.from_bytes(data[4:8], "little")
    start = _RIFF_BYTES
    for _ in range(_MOST_CHUNKS):
        if start + 8 > total:
            return
        end = start + 8 + int.from_bytes(data[start + 4 : start + 8], "little")
        if end > min(total, len(data)):
            break
        yield data[start : start + 4], start + 8, end
        start = end + end % 2  # RIFF pads chunks to an even size
    raise UnreadablePictureError("the WebP file is truncated")


def read_size(data: bytes, chunk: Chunk) -> tuple[int, int] | None:
    """Width and height in pixels; None if the header is invalid."""
    name, start, end = chunk
    head = data[start : min(start + 10, end)]
    if name == b"VP8X":
        size = 1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little")
        return size if len(head) == 10 else None  # noqa: PLR2004 - the whole of VP8X
    if name == b"VP8 " and head[3:6] == b"\x9d\x01\x2a":
        width = int.from_bytes(head[6:8], "little") & _SIZE_14_BITS
        height = int.from_bytes(head[8:10], "little") & _SIZE_14_BITS
        return (width, height) if width and height else None
    if name == b"VP8L" and head[:1] == b"\x2f":
        bits = int.from_bytes(head[1:5], "little")
        return 1 + (bits & _SIZE_14_BITS), 1 + (bits >> 14 & _SIZE_14_BITS)
    return None
