"""PNG without decoding: its size, and the same file without its metadata.

Source: https://www.w3.org/TR/png-3/ (chunks; eXIf, acTL, fcTL and fdAT among them).
"""

from collections.abc import Iterator
from zlib import crc32

from bot.images.errors import UnreadablePictureError
from bot.images.exif import read_orientation
from bot.images.formats import Cleaned, StoredSize

_SIGNATURE_BYTES = 8
_CHUNK_OVERHEAD = 12  # length, name, checksum
_HEADER_BYTES = 13
_MOST_CHUNKS = 100_000
_CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_COLOUR = frozenset({b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"pHYs"})
_KEPT = _CRITICAL | _COLOUR
_IS_ANCILLARY = 0x20  # the bit of the first letter, which is small then


def measure_png(data: bytes) -> StoredSize | None:
    """None where the header is not sound. The orientation is the eXIf chunk's, wherever it stands."""
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
    """Keeps the picture and what its colours need. An animation keeps the still picture that it carries.

    Raises UnreadablePictureError for a file that does not come to its end, or with a wrong checksum in what is kept.
    """
    chunks = [chunk for chunk in _walk(data) if _is_kept(chunk[0])]
    names = [name for name, _, _ in chunks]
    if names.count(b"IHDR") != 1 or names[0] != b"IHDR" or b"IDAT" not in names:
        raise UnreadablePictureError("a PNG without its chunks in place")
    view = memoryview(data)
    for _, start, end in chunks:
        if crc32(view[start + 4 : end - 4]) != int.from_bytes(view[end - 4 : end], "big"):
            raise UnreadablePictureError("a PNG chunk with a wrong checksum")
    return Cleaned(b"".join([view[:_SIGNATURE_BYTES], *(view[start:end] for _, start, end in chunks)]), sendable=True)


def _walk(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The chunks up to and with IEND: name, start and end, between which length, name, content and checksum stand."""
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
    raise UnreadablePictureError("no end of the PNG")


def _is_kept(name: bytes) -> bool:
    if name not in _KEPT and not name[0] & _IS_ANCILLARY:
        raise UnreadablePictureError("a critical PNG chunk that no decoder knows")
    return name in _KEPT
