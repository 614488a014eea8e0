"""Finds thousands of words with wildcards in a reading, in one pass."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from ahocorasick_rs import AhoCorasick, Implementation

from bot.rules.words.readings import WILDCARD_MARK, Reading, prepare, read_by_looks, read_exactly, read_plainly
from bot.rules.words.scripts import is_written_without_spaces

WILDCARD = "*"
_FEWEST_LETTERS = 2
MOST_KEPT = 5


@dataclass(frozen=True, slots=True)
class Glob:
    """The pieces of a word between its wildcards. A space in a piece is the edge of a word."""

    pieces: tuple[str, ...]

    @property
    def anchor(self) -> int:
        """Which piece to look for first: the longest one."""
        return max(range(len(self.pieces)), key=lambda n: len(self.pieces[n]))


class Spelling(Enum):
    """How a word is read; see readings.py."""

    EXACT = auto()
    PLAIN = auto()
    BY_LOOKS = auto()


_READ = {Spelling.EXACT: read_exactly, Spelling.PLAIN: read_plainly, Spelling.BY_LOOKS: read_by_looks}


def spell(text: str, spelling: Spelling) -> str:
    """A word with its wildcards, as it is looked for, with a space before and after it."""
    return _READ[spelling](prepare(text).replace(WILDCARD, WILDCARD_MARK)).text.replace(WILDCARD_MARK, WILDCARD)


def glob_of(text: str, spelling: Spelling) -> Glob | None:
    """None: nothing is left to look for, or too little between wildcards."""
    read = spell(text, spelling)
    pieces = [piece for piece in read.split(WILDCARD) if piece.strip()]
    if not pieces:
        return None
    if WILDCARD in read and len(pieces) == 1 and len(pieces[0].strip()) < _FEWEST_LETTERS and pieces[0].isascii():
        return None
    # Nobody puts spaces around a Chinese or Thai word, so it is found anywhere.
    if is_written_without_spaces(pieces[0].lstrip()[0]):
        pieces[0] = pieces[0].lstrip()
    if is_written_without_spaces(pieces[-1].rstrip()[-1]):
        pieces[-1] = pieces[-1].rstrip()
    return Glob(tuple(pieces))


class Globs:
    """Which of them are in a reading, and where."""

    def __init__(self, globs: Sequence[Glob]) -> None:
        self._globs = globs
        by_anchor: dict[str, list[int]] = {}
        for number, glob in enumerate(globs):
            by_anchor.setdefault(glob.pieces[glob.anchor], []).append(number)
        self._of_anchor = list(by_anchor.values())
        # The DFA would be faster and takes 60 times the memory.
        self._search = AhoCorasick(list(by_anchor), implementation=Implementation.ContiguousNFA) if by_anchor else None

    def find(self, reading: Reading, kept: Counter[int] | None = None) -> Iterator[tuple[int, int, int]]:
        """The number of the glob, and where in the reading it begins and ends.

        `kept`: how often the caller has kept each; one that was kept MOST_KEPT times is found no more. Sixty words
        with wildcards are in a row of 6,000 letters 350,000 times.
        """
        kept = Counter() if kept is None else kept
        if self._search is None:
            return
        for anchor, start, end in self._search.find_matches_as_indexes(reading.text, overlapping=True):
            for number in self._of_anchor[anchor]:
                if kept[number] >= MOST_KEPT:
                    continue
                span = _whole(self._globs[number], reading.text, start, end)
                if span is not None:
                    yield number, *span


def _whole(glob: Glob, text: str, start: int, end: int) -> tuple[int, int] | None:
    """Whether the other pieces stand around the anchor at `start` to `end`: a wildcard never crosses a space."""
    for piece in reversed(glob.pieces[: glob.anchor]):
        found = text.rfind(piece, 0, start)
        if found < 0 or " " in text[found + len(piece) : start]:
            return None
        start = found
    for piece in glob.pieces[glob.anchor + 1 :]:
        found = text.find(piece, end)
        if found < 0 or " " in text[end:found]:
            return None
        end = found + len(piece)
    return start, end
