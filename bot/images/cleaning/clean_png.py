"""Removes everything but the picture from a PNG, and finds out whether its pixels are complete.

The pixels are unpacked for that, because only their stream tells where it ends: 150 to 300 ms for 10 MB. They are not
packed again unless the stream holds more than the picture has.

Source: https://www.w3.org/TR/png-3/
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from zlib import crc32

from bot.images.cleaning.icc import UncopiedProfileError, copy_profile
from bot.images.errors import UnreadablePictureError
from bot.images.files import png
from bot.images.formats import Cleaned

_HEADER_BYTES = 13
_CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_IS_ANCILLARY = 0x20  # this bit makes the first letter of a name lower-case (PNG, 5.4)
_GREY, _COLOUR, _PALETTE, _GREY_ALPHA, _COLOUR_ALPHA = 0, 2, 3, 4, 6
_CHANNELS = {_GREY: 1, _COLOUR: 3, _PALETTE: 1, _GREY_ALPHA: 2, _COLOUR_ALPHA: 4}
_DEPTHS = {
    _GREY: {1, 2, 4, 8, 16},
    _COLOUR: {8, 16},
    _PALETTE: {1, 2, 4, 8},
    _GREY_ALPHA: {8, 16},
    _COLOUR_ALPHA: {8, 16},
}
# Adam7 (PNG, 8.1): where each pass begins and its steps, as x, y, x step, y step.
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_LAST_FILTER = 4
_UNPACKED_AT_ONCE = 1 << 20
_LARGEST_PROFILE = 4_000_000  # large printer profiles have 1 to 3 MB; 100 kB of packed zeros become 100 MB


@dataclass(frozen=True, slots=True)
class _Header:
    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool

    def row_bytes(self, width: int) -> int:
        return 1 + (width * self.depth * _CHANNELS[self.colour] + 7) // 8

    def passes(self) -> Iterator[tuple[int, int]]:
        """How many rows, of how many bytes with their filter byte."""
        for x, y, step_x, step_y in _PASSES if self.interlaced else ((0, 0, 1, 1),):
            width, height = -((x - self.width) // step_x), -((y - self.height) // step_y)
            if width > 0 and height > 0:
                yield height, self.row_bytes(width)


def clean_png(data: bytes) -> Cleaned:
    """The chunks that the picture and its colours need. Of an animation it keeps the still picture.

    Raises UnreadablePictureError if the file has no end, contradicts itself or lacks pixels.
    """
    chunks = list(png.walk(data))
    for name, _, _ in chunks:
        # A decoder must fail on an unknown critical chunk (PNG, 5.4): without it the picture may look different.
        if name not in _CRITICAL and not name[0] & _IS_ANCILLARY:
            raise UnreadablePictureError("an unknown critical PNG chunk")
    sound = [chunk for chunk in chunks if _has_its_checksum(data, chunk)]
    if any(chunk[0] in _CRITICAL for chunk in set(chunks) - set(sound)):
        raise UnreadablePictureError("a PNG chunk has a wrong checksum")
    contents = [(name, data[start + 8 : end - 4]) for name, start, end in sound]
    if contents[0][0] != b"IHDR" or sum(name == b"IHDR" for name, _ in contents) != 1:
        raise UnreadablePictureError("a PNG header is missing or misplaced")
    header = _read_header(contents[0][1])
    pixels = _sound_pixels(header, [content for name, content in contents if name == b"IDAT"])
    try:
        colour = b"".join(_chunk(name, content) for name, content in _colour_chunks(header, contents))
    except UncopiedProfileError:
        return Cleaned(data, sendable=False)
    ready = [png.SIGNATURE, _chunk(b"IHDR", contents[0][1]), colour, _chunk(b"IDAT", pixels), _chunk(b"IEND", b"")]
    return Cleaned(b"".join(ready), sendable=True)


def _has_its_checksum(data: bytes, chunk: tuple[bytes, int, int]) -> bool:
    _, start, end = chunk
    return crc32(memoryview(data)[start + 4 : end - 4]) == int.from_bytes(data[end - 4 : end], "big")


def _chunk(name: bytes, content: bytes) -> bytes:
    return b"".join([len(content).to_bytes(4, "big"), name, content, crc32(content, crc32(name)).to_bytes(4, "big")])


def _read_header(content: bytes) -> _Header:
    if len(content) != _HEADER_BYTES:
        raise UnreadablePictureError("the PNG header has another length")
    width, height = int.from_bytes(content[:4], "big"), int.from_bytes(content[4:8], "big")
    depth, colour, compression, filtering, interlacing = content[8:]
    is_known = not compression and not filtering and interlacing in {0, 1}
    if not (width and height and is_known and depth in _DEPTHS.get(colour, set())):
        raise UnreadablePictureError("the PNG header contradicts itself")
    return _Header(width, height, depth, colour, bool(interlacing))


def _colour_chunks(header: _Header, contents: list[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """Those before the pixels without which a viewer shows other colours, transparency or pixel proportions.

    Of repeated ones the first. One whose length is not the one of its kind is dropped: who knows what it holds.
    """
    first: dict[bytes, bytes] = {}
    for name, content in contents:
        if name == b"IDAT":
            break
        first.setdefault(name, content)
    palette = _palette(header, first.get(b"PLTE", b""))
    for name, copy in _COPIES.items():
        copied = copy(header, first[name]) if name in first else None
        if copied is not None:
            yield name, copied
    if palette:
        yield b"PLTE", palette
    if b"tRNS" in first and (shades := _transparency(header, first[b"tRNS"], len(palette) // 3)):
        yield b"tRNS", shades


def _palette(header: _Header, content: bytes) -> bytes:
    """In colour pictures it is only a suggestion."""
    if header.colour != _PALETTE:
        return b""
    content = content[: 3 << header.depth]
    if not content or len(content) % 3:
        raise UnreadablePictureError("a PNG without a valid palette")
    return content


def _transparency(header: _Header, content: bytes, colours: int) -> bytes:
    if header.colour == _PALETTE:
        return content[:colours]
    length = {_GREY: 2, _COLOUR: 6}.get(header.colour, 0)
    most = (1 << header.depth) - 1
    if len(content) != length:
        return b""
    # Of the two bytes of a sample only the bits of the depth count (PNG, 11.3.2.1).
    samples = [int.from_bytes(content[at : at + 2], "big") & most for at in range(0, length, 2)]
    return b"".join(sample.to_bytes(2, "big") for sample in samples)


def _fixed(length: int) -> Callable[[_Header, bytes], bytes | None]:
    return lambda _, content: content if len(content) == length else None


def _significant_bits(header: _Header, content: bytes) -> bytes | None:
    count = 3 if header.colour == _PALETTE else _CHANNELS[header.colour]
    most = 8 if header.colour == _PALETTE else header.depth
    return content if len(content) == count and all(0 < bits <= most for bits in content) else None


def _profile(_header: _Header, content: bytes) -> bytes | None:
    """With a name of ours. Raises UncopiedProfileError."""
    _, _, packed = content.partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(packed[1:], _LARGEST_PROFILE)
    except zlib.error:
        return None
    copied = copy_profile(profile) if unpacker.eof and packed[:1] == b"\0" else None
    return copied and b"icc\0\0" + zlib.compress(copied)


_COPIES: dict[bytes, Callable[[_Header, bytes], bytes | None]] = {
    b"cHRM": _fixed(32),
    b"gAMA": _fixed(4),
    b"iCCP": _profile,
    b"sBIT": _significant_bits,
    b"sRGB": _fixed(1),
    b"cICP": _fixed(4),
    b"mDCV": _fixed(24),
    b"cLLI": _fixed(8),
    b"pHYs": _fixed(9),
}


def _sound_pixels(header: _Header, pieces: list[bytes]) -> bytes:
    """The packed pixels and nothing behind them. Raises UnreadablePictureError unless all rows are there."""
    packed = b"".join(pieces)
    rows = _Rows(header)
    unpacker = zlib.decompressobj()
    try:
        rest = packed
        while not unpacker.eof and not rows.over:
            piece = unpacker.decompress(rest, _UNPACKED_AT_ONCE)
            rest = unpacker.unconsumed_tail
            rows.add(piece)
            if not piece and not rest:
                break
    except zlib.error as error:
        raise UnreadablePictureError(f"the pixels of the PNG: {error}") from None
    if not rows.complete:
        raise UnreadablePictureError("the PNG lacks pixels")
    if rows.over or not unpacker.eof:
        return zlib.compress(_unpack(packed, rows.expected))
    return packed[: len(packed) - len(unpacker.unused_data)]


def _unpack(packed: bytes, size: int) -> bytes:
    return zlib.decompressobj().decompress(packed, size)


class _Rows:
    """Counts unpacked bytes, and looks at the filter byte that begins each row."""

    def __init__(self, header: _Header) -> None:
        self._passes = list(header.passes())
        self.expected = sum(rows * row_bytes for rows, row_bytes in self._passes)
        self._seen = 0

    @property
    def complete(self) -> bool:
        return self._seen >= self.expected

    @property
    def over(self) -> bool:
        return self._seen > self.expected

    def add(self, piece: bytes) -> None:
        start = 0
        for rows, row_bytes in self._passes:
            # The first filter byte of this pass within the piece, counted from the begin of the piece.
            begin, end = start - self._seen, start + rows * row_bytes - self._seen
            first = begin if begin >= 0 else begin % row_bytes
            if first < min(end, len(piece)) and max(piece[first : min(end, len(piece)) : row_bytes]) > _LAST_FILTER:
                raise UnreadablePictureError("an unknown filter in the PNG")
            start += rows * row_bytes
        self._seen += len(piece)
