"""Fingerprints of pictures as numbers and as bytes. Imports no decoder."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

WAVE_BITS = 16 * 16 - 1
SLOPE_BITS = 2 * 9 * 9
WORD_BYTES = 8
WAVE_WORDS = 4
SLOPE_WORDS = 3
PRINT_BYTES = (WAVE_WORDS + SLOPE_WORDS) * WORD_BYTES
MOST_KEPT = 11
MOST_LOOKED_UP = 16

_WAVE_BYTES = WAVE_WORDS * WORD_BYTES


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`wave`: 255 bits, which of the slow waves in it are strong. `slope`: 162 bits, where it gets lighter."""

    wave: int
    slope: int


def pack(prints: Iterable[Fingerprint]) -> bytes:
    """56 bytes for each: words of 64 bits, the lowest first, four of the wave and three of the slope."""
    return b"".join(
        each.wave.to_bytes(_WAVE_BYTES, "little") + each.slope.to_bytes(PRINT_BYTES - _WAVE_BYTES, "little")
        for each in prints
    )


def unpack(packed: bytes) -> Iterator[Fingerprint]:
    for start in range(0, len(packed), PRINT_BYTES):
        middle, end = start + _WAVE_BYTES, start + PRINT_BYTES
        yield Fingerprint(int.from_bytes(packed[start:middle], "little"), int.from_bytes(packed[middle:end], "little"))


def are_prints(packed: bytes, most: int) -> bool:
    """Whether that can be up to `most` of them: a child that has read a stranger's file says so."""
    return len(packed) % PRINT_BYTES == 0 and len(packed) <= most * PRINT_BYTES
