"""Measures a WebP and removes its metadata without decoding it.

Source: https://developers.google.com/speed/webp/docs/riff_container
"""

from collections.abc import Iterator

from bot.images.errors import UnreadablePictureError
from bot.images.exif import read_orientation
from bot.images.formats import Cleaned, StoredSize

_RIFF_BYTES = 12
_MOST_CHUNKS = 10_000
_KEPT = frozenset({b"VP8X", b"ICCP", b"ALPH", b"VP8 ", b"VP8L"})
_PIXELS = frozenset({b"VP8 ", b"VP8L"})
_HAS_PROFILE, _HAS_ALPHA = 0x20, 0x10
_SIZE_14_BITS = 0x3FFF

_Chunk = tuple[bytes, int, int]
"""A chunk's name, and where its content starts and ends."""


def measure_webp(data: bytes) -> StoredSize | None:
    """None if the first chunk is not a valid header. The orientation comes from the EXIF chunk."""
    size = _read_size(data, (data[_RIFF_BYTES : _RIFF_BYTES + 4], _RIFF_BYTES + 8, len(data)))
    return StoredSize(*size, _find_orientation(data)) if size else None


def _find_orientation(data: bytes) -> int:
    try:
        for name, start, end in _walk(data):
            if name == b"EXIF":
                return read_orientation(data[start:end])
    except UnreadablePictureError:
        return 1
    return 1


def clean_webp(data: bytes) -> Cleaned:
    """Keeps the picture, its alpha and its colour profile. An animation has to be decoded instead.

    Raises UnreadablePictureError if the file is truncated, or its headers disagree about the size.
    """
    chunks = list(_walk(data))
    if any(name == b"ANMF" for name, _, _ in chunks):
        return Cleaned(data, sendable=False)
    kept = [chunk for chunk in chunks if chunk[0] in _KEPT]
    sizes = {_read_size(data, chunk) for chunk in kept if chunk[0] in _PIXELS or chunk[0] == b"VP8X"}
    if sum(name in _PIXELS for name, _, _ in kept) != 1 or len(sizes) != 1 or None in sizes:
        raise UnreadablePictureError("the WebP has several pictures or sizes")
    body = b"".join(
        _write_chunk(data, chunk, has_profile=any(name == b"ICCP" for name, _, _ in kept)) for chunk in kept
    )
    return Cleaned(b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body, sendable=True)


def _walk(data: bytes) -> Iterator[_Chunk]:
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


def _read_size(data: bytes, chunk: _Chunk) -> tuple[int, int] | None:
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


def _write_chunk(data: bytes, chunk: _Chunk, *, has_profile: bool) -> bytes:
    name, start, end = chunk
    content = data[start:end]
    if name == b"VP8X":
        # The flags name the chunks that follow, so they must not promise the EXIF and XMP that were dropped.
        flags = content[0] & _HAS_ALPHA | (_HAS_PROFILE if has_profile else 0)
        content = bytes([flags]) + content[1:]
    return name + len(content).to_bytes(4, "little") + content + b"\x00" * (len(content) % 2)
