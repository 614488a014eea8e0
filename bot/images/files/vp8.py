"""Reads how a lossy WebP frame is divided into partitions.

Source: RFC 6386, 7 (the bool decoder), 9.2 to 9.6 and 19.2 (the frame header).
"""

from dataclasses import dataclass

_FRAME_TAG_BYTES = 3
_START_BYTES = 10  # the frame tag, the start code and the size of a key frame
_SIZE_BYTES = 3
_SEGMENTS, _DELTAS, _TREE_PROBABILITIES = 4, 4, 3


@dataclass(frozen=True, slots=True)
class Partitions:
    """The first one ends at `first_end`. `count`: how many hold coefficients."""

    first_end: int
    count: int


def read_partitions(frame: bytes) -> Partitions | None:
    """None if it is not the header of a key frame."""
    tag = int.from_bytes(frame[:_FRAME_TAG_BYTES], "little")
    first_end = _START_BYTES + (tag >> 5)
    is_key_frame = not tag & 1 and frame[3:6] == b"\x9d\x01\x2a"
    if not is_key_frame or not _START_BYTES < first_end <= len(frame):
        return None
    return Partitions(first_end, _read_count(_BoolDecoder(frame[_START_BYTES:first_end])))


def _read_count(bits: "_BoolDecoder") -> int:
    bits.literal(2)  # colour space and clamping
    if bits.literal(1):
        update_map, update_values = bits.literal(1), bits.literal(1)
        if update_values:
            bits.literal(1)
            for length in (7, 6):
                for _ in range(_SEGMENTS):
                    bits.optional(length + 1)
        if update_map:
            for _ in range(_TREE_PROBABILITIES):
                bits.optional(8)
    bits.literal(1 + 6 + 3)  # the loop filter: type, level, sharpness
    if bits.literal(1) and bits.literal(1):
        for _ in range(2 * _DELTAS):
            bits.optional(6 + 1)
    return 1 << bits.literal(2)


class _BoolDecoder:
    """At even odds throughout, which is how headers are coded."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._value = int.from_bytes(data[:2].ljust(2, b"\0"), "big")
        self._next = 2
        self._range = 255
        self._shifted = 0

    def literal(self, length: int) -> int:
        value = 0
        for _ in range(length):
            value = value << 1 | self._bit()
        return value

    def optional(self, length: int) -> None:
        """A value that follows only if its flag is set."""
        if self._bit():
            self.literal(length)

    def _bit(self) -> int:
        split = 1 + ((self._range - 1) >> 1)
        bit = self._value >= split << 8
        if bit:
            self._range -= split
            self._value -= split << 8
        else:
            self._range = split
        while self._range < 128:  # noqa: PLR2004 - the range always has its eighth bit (RFC 6386, 7.3)
            self._value, self._range = self._value << 1, self._range << 1
            self._shifted += 1
            if self._shifted == 8:  # noqa: PLR2004 - bits in a byte
                self._shifted = 0
                self._value |= self._data[self._next] if self._next < len(self._data) else 0
                self._next += 1
        return int(bit)
