"""Measures a PNG and removes its metadata without decoding it.

Source: https://www.w3.org/TR/png-3/
"""

from collections.abc import Iterator
from zlib import crc32

from bot.images.errors import UnreadablePictureError
from bot.images.exif import read_orientation
from bot.images.formats import Cleaned, StoredSize

_SIGNATURE_BYTES = 8
_CHUNK_OVERHEAD = 12  # length, name, checksum
_HEADER_BYTES = 13
_MOST_CHUNKS = 100_000  # 10 MB in the usual chunks of 8 kB have about 1,200
_CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
# Without these a viewer shows other colours, transparency or pixel proportions.
_COLOUR = frozenset({b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"pHYs"})
_KEPT = _CRITICAL | _COLOUR
_IS_ANCILLARY = 0x20  # this bit makes the first letter of a name lower-case (PNG, 5.4)


def measure_png(data: bytes) -> StoredSize | None:
    """None if the header is invalid. The orientation comes from the eXIf chunk, which may be anywhere."""
    if data[8:16] != b"\x00\x00\x00\x0dIHDR":
        return None
    width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    return StoredSize(width, height, _find_orientation(data)) if width and height else None


def _find_orientation(data: bytes) -> int:
    try:
        for name, start, end in _walk(data):
            if name == b"eXIf":
                return read_orientation(data[start + 8 : end - 4])
    except UnreadablePictureError:
        return 1
    return 1


def clean_png(data: bytes) -> Cleaned:
    """Keeps the chunks that the picture and its colours need. Of an animation it keeps the still picture.

    Raises UnreadablePictureError if the file has no end, or a chunk to keep has a wrong checksum.
    """
    chunks = [chunk for chunk in _walk(data) if _is_kept(chunk[0])]
    names = [name for name, _, _ in chunks]
    if names.count(b"IHDR") != 1 or names[0] != b"IHDR" or b"IDAT" not in names:
        raise UnreadablePictureError("a PNG chunk is missing or misplaced")
    view = memoryview(data)
    for _, start, end in chunks:
        if crc32(view[start + 4 : end - 4]) != int.from_bytes(view[end - 4 : end], "big"):
            raise UnreadablePictureError("a PNG chunk has a wrong checksum")
    return Cleaned(b"".join([view[:_SIGNATURE_BYTES], *(view[start:end] for _, start, end in chunks)]), sendable=True)


def _walk(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The name, start and end of each chunk up to IEND. A chunk is its length, name, content and checksum."""
    start = _SIGNATURE_BYTES
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


def _is_kept(name: bytes) -> bool:
    # A decoder must fail on an unknown critical chunk (PNG, 5.4): without it the picture may look different.
    if name not in _KEPT and not name[0] & _IS_ANCILLARY:
        raise UnreadablePictureError("an unknown critical PNG chunk")
    return name in _KEPT
