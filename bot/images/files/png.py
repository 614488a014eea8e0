"""Reads the chunks of a PNG, and measures it by them.

Source: https://www.w3.org/TR/png-3/
"""

from collections.abc import Iterator

from bot.images.errors import UnreadablePictureError
from bot.images.files.exif import read_orientation
from bot.images.formats import StoredSize

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHUNK_OVERHEAD = 12  # length, name, checksum
_MOST_CHUNKS = 100_000  # 10 MB in the usual chunks of 8 kB have about 1,200


def measure_png(data: bytes) -> StoredSize | None:
    """None if the header is invalid. The orientation comes from the eXIf chunk, which may be anywhere."""
    if data[8:16] != b"\x00\x00\x00\x0dIHDR":
        return None
    width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    return StoredSize(width, height, _find_orientation(data)) if width and height else None


def _find_orientation(data: bytes) -> int:
    try:
        for name, start, end in walk(data):
            if name == b"eXIf":
                return read_orientation(data[start + 8 : end - 4])
    except UnreadablePictureError:
        return 1
    return 1


def walk(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The name, start and end of each chunk up to IEND. A chunk is its length, name, content and checksum."""
    start = len(SIGNATURE)
    for _ in range(_MOST_CHUNKS):
        name = data[start + 4 : start + 8]
        end = start + _CHUNK_OVERHEAD + int.from_bytes(data[start : start + 4], "big")
        if end > len(data):
            break
        yield name, start, end
        if name == b"IEND":
            return
        start = end
    raise UnreadablePictureError("the PNG has no end")
