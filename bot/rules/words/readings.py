"""Reads a text as a matcher needs it: words in lower case with one space between them, and where each letter stood."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import partial

from decancer_py import parse

LONGEST_READING = 20_000
"""Characters. One character can become 18 (U+FDFA), so a reading is cut off, and says so."""

WILDCARD_MARK = "\uf8ff"
"""Stands for a wildcard while a word is read: a character of private use, which no word has."""
_MOST_KEPT = 20_000
_SPACES = re.compile("  +")
_KINDS_OF_WORDS = ("L", "N")
# Drawn above, below, through or around any letter, and the vowel signs that Hebrew and Arabic can leave out. The signs
# of other scripts, such as Devanagari, make another syllable, so they stay.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff"
    "\u20d0-\u20ff\ufe20-\ufe2f]"
)
# Default_Ignorable_Code_Point without category Cf, which is asked for by its category:
# https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt
_IGNORED = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]")
# Two letters of this kind are a flag, and "🇩🇪" is no word. Three or more spell one.
_FLAG = re.compile("(?<![\U0001f1e6-\U0001f1ff])[\U0001f1e6-\U0001f1ff]{2}(?![\U0001f1e6-\U0001f1ff])")
_SIGNS = frozenset({"Sc", "Sm"})
# Letters in circles and squares. decancer reads fruit as letters too, which nobody else does.
_ENCLOSED = range(0x1F100, 0x1F200)


class Reading:
    """`text` begins and ends with a space, unless it is for patterns.

    `place_all`: for each of its characters, the index of its source in what was read. Asked only where something is
    found, because it takes ten times as long as the text. `is_cut`: there was more to read.
    """

    def __init__(self, text: str, place_all: Callable[[], Sequence[int]], *, is_cut: bool = False) -> None:
        self.text = text
        self.is_cut = is_cut
        self._place_all = place_all
        self._places: Sequence[int] | None = None

    @property
    def places(self) -> Sequence[int]:
        if self._places is None:
            self._places = self._place_all()
        return self._places

    def whole_words(self, start: int, end: int) -> tuple[int, int]:
        """With what a wildcard at either end stands for."""
        end = end if self.text[end - 1] == " " else self.text.find(" ", end)
        return self.text.rfind(" ", 0, start + 1), len(self.text) if end < 0 else end

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]` stood, spaces around it left out."""
        part = self.text[start:end]
        first, last = start + len(part) - len(part.lstrip()), end - 1 - (len(part) - len(part.rstrip()))
        return self.places[first], self.places[last] + 1


class _Pieces(dict[int, str]):
    """For `str.translate`: what each character is read as, worked out when it is first met."""

    def __init__(self, piece_of: Callable[[str], str]) -> None:
        super().__init__()
        self._piece_of = piece_of

    def __missing__(self, code: int) -> str:
        piece = self._piece_of(chr(code))
        if len(self) < _MOST_KEPT:
            self[code] = piece
        return piece


def prepare(text: str) -> str:
    """What the readings are made of, and what their places count in."""
    return _FLAG.sub("  ", unicodedata.normalize("NFC", text))


def read_exactly(text: str) -> Reading:
    """Case, width and what cannot be seen are gone; accents are kept."""
    return _read(text, _EXACT)


def read_plainly(text: str) -> Reading:
    """Without accents too."""
    return _read(text, _PLAIN)


def read_by_looks(text: str) -> Reading:
    """Each letter as the Latin one that it looks like, if it looks like one."""
    return _read(text, _BY_LOOKS)


def read_for_patterns(text: str, *, by_looks: bool) -> Reading:
    """With punctuation, spaces and case as they are; without accents, width and what cannot be seen."""
    pieces = _SEEN_BY_LOOKS if by_looks else _SEEN
    read = text.translate(pieces)
    return Reading(read[:LONGEST_READING], partial(_places, text, pieces), is_cut=len(read) > LONGEST_READING)


def _read(text: str, pieces: _Pieces) -> Reading:
    read = _SPACES.sub(" ", f" {text.translate(pieces)} ")
    is_cut = len(read) > LONGEST_READING
    return Reading(f"{read[:LONGEST_READING]} " if is_cut else read, partial(_word_places, text, pieces), is_cut=is_cut)


def _places(text: str, pieces: _Pieces) -> Sequence[int]:
    return [place for place, character in enumerate(text) for _ in pieces[ord(character)]]


def _word_places(text: str, pieces: _Pieces) -> Sequence[int]:
    """As `_read` makes one space of several."""
    places, was_space = [0], True
    for place, character in enumerate(text):
        for each in pieces[ord(character)]:
            if each != " " or not was_space:
                places.append(place)
            was_space = each == " "
    return [*places, max(0, len(text) - 1)]


def _exact(character: str) -> str:
    return _letters(_without_frame(unicodedata.normalize("NFKC", character)))


def _plain(character: str) -> str:
    return _letters(_apart(character))


def _apart(character: str) -> str:
    """Without accents, width and frame; its case stays."""
    without = _ACCENTS.sub("", unicodedata.normalize("NFKD", character))
    return _without_frame(unicodedata.normalize("NFC", without))


def _without_frame(text: str) -> str:
    """`(n)` is one character, and is meant as an N."""
    return "".join(filter(str.isalnum, text)) or text


def _letters(text: str) -> str:
    """Letters, digits and signs of vowels stay. A picture is a word of its own, and everything else a space."""
    found = ""
    for each in text.casefold():
        category = unicodedata.category(each)
        if category == "Cf" or _IGNORED.match(each):
            continue
        if category[0] in _KINDS_OF_WORDS or category in {"Mn", "Mc"} or each == WILDCARD_MARK:
            found += each
        elif category == "So":
            found += f" {each} "
        elif category != "Me":
            found += " "
    return found


def looks_like(character: str) -> str:
    """The Latin letters that a character looks like, in lower case; else what it is without accents."""
    plain = _plain(character)
    if plain.isascii() and plain.strip():
        return plain
    if unicodedata.category(character) in _SIGNS or ord(character) in _ENCLOSED:
        # The currency sign of Nigeria for an N, a square with an A in it.
        return _as_latin(character) or plain
    # In its own case: a Greek capital N is an n, and the small one a v.
    return "".join(_as_latin(each) or each.casefold() for each in _apart(character)) if plain.isalnum() else plain


def _as_latin(character: str) -> str:
    seen = str(parse(character))
    return seen if seen.isascii() and seen.isalnum() else ""


def _seen_by_looks(character: str) -> str:
    return character if character.isascii() else looks_like(character).strip() or _seen(character)


def _seen(character: str) -> str:
    if character.isascii():
        return character
    seen = _ACCENTS.sub("", unicodedata.normalize("NFKD", character))
    kept = [each for each in seen if unicodedata.category(each) != "Cf" and not _IGNORED.match(each)]
    return unicodedata.normalize("NFC", "".join(kept))


_EXACT, _PLAIN, _BY_LOOKS = _Pieces(_exact), _Pieces(_plain), _Pieces(looks_like)
_SEEN, _SEEN_BY_LOOKS = _Pieces(_seen), _Pieces(_seen_by_looks)
