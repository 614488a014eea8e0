"""Finds which of many pictures another one is like. It takes 2 ms with 10,000 of them; a loop in Python takes 60."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.images.likeness.prints import PRINT_BYTES, WAVE_WORDS, WORD_BYTES
from bot.rules.picture_memory import WIDEST, KnownPicture

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WORDS = PRINT_BYTES // WORD_BYTES


@dataclass(frozen=True, slots=True)
class Near:
    """In how many bits a picture differs from that one, at best."""

    number: int
    wave: int
    slope: int


class KnownPictures:
    """Safe to use from several threads: nothing changes in it. A picture takes 700 bytes."""

    def __init__(self, pictures: Sequence[KnownPicture]) -> None:
        self.size = len(pictures)
        self._by_hash: Mapping[str, int] = {each.hash: each.number for each in pictures}
        with_prints = [each for each in pictures if each.prints]
        self._numbers = [each.number for each in with_prints for _ in range(len(each.prints) // PRINT_BYTES)]
        # Every process has an empty list from its start on.
        self._words = _words(b"".join(each.prints for each in with_prints)) if with_prints else None

    def find(self, hash_: str, prints: bytes) -> list[Near]:
        """The pictures within the widest distance, the nearest first. `prints`: to find."""
        best: dict[int, Near] = {}
        if hash_ in self._by_hash:
            best[self._by_hash[hash_]] = Near(self._by_hash[hash_], 0, 0)
        for query in _words(prints).T if self._numbers else ():
            for near in self._near(query):
                known = best.get(near.number)
                if known is None or near.wave + near.slope < known.wave + known.slope:
                    best[near.number] = near
        return sorted(best.values(), key=lambda near: near.wave + near.slope)

    def _near(self, query: "NDArray[np.uint64]") -> list[Near]:
        import numpy as np  # noqa: PLC0415 - 25 MB and 100 ms, for servers that have removed a picture

        words = self._words
        if words is None:
            return []
        most_wave, most_slope = WIDEST
        # By two words of the slope first: no picture of another kind gets so far, so the other five cost nothing.
        one, two, three = range(WAVE_WORDS, _WORDS)
        different = np.bitwise_count(words[one] ^ query[one])
        different += np.bitwise_count(words[two] ^ query[two])
        rows = np.flatnonzero(different <= most_slope)
        slopes = different[rows] + np.bitwise_count(words[three, rows] ^ query[three])
        waves = np.bitwise_count(words[:WAVE_WORDS, rows] ^ query[:WAVE_WORDS, None]).sum(axis=0, dtype=np.int64)
        return [
            Near(self._numbers[row], int(wave), int(slope))
            for row, wave, slope in zip(rows, waves, slopes, strict=True)
            if wave <= most_wave and slope <= most_slope
        ]


def _words(packed: bytes) -> "NDArray[np.uint64]":
    """A column for each fingerprint, in rows that lie together in memory."""
    import numpy as np  # noqa: PLC0415 - as above

    return np.ascontiguousarray(np.frombuffer(packed, dtype="<u8").reshape(-1, _WORDS).T)
