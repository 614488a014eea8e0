"""Undoes simple tricks that hide a word: digits for letters, repeated letters, signs and spaces between them.

What it finds can be wrong, so it only asks for a review.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from bot.rules.words.readings import Reading

_DIGITS = {"0": "o", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g"}
_SIGNS = {"@": "a", "$": "s", "€": "e", "£": "l", "¥": "y", "+": "t", "(": "c", "<": "c"}
_STROKES = "1!|"
"""An i or an l."""
_TRICKS = frozenset({*_DIGITS, *_SIGNS, *_STROKES})
_ENDS = ".,;:!?\"')"
_CHUNK = re.compile(r"\S+")
# English doubles the other letters often.
_SELDOM_DOUBLED = frozenset("ahijkquvwxy")
_MANY = 3
_REPEATS = re.compile(rf"(\S)\1\1|{'|'.join(each * 2 for each in sorted(_SELDOM_DOUBLED))}")
_SPELLED = 3
"""Single letters in a row that may be a word."""


def read_tricks(looks: Reading, by_looks: Reading) -> Iterator[Reading]:
    """The text with its tricks undone, in each way that they can be read.

    `looks`: with its punctuation. `by_looks`: the same in words.
    """
    for stroke in "il":
        swapped = _swap(looks, {**_DIGITS, **_SIGNS, **dict.fromkeys(_STROKES, stroke)})
        if swapped is not None:
            yield swapped
    for joined in (_join_chunks(looks), _join_letters(by_looks)):
        if joined is not None:
            yield joined


def _swap(looks: Reading, letters: dict[str, str]) -> Reading | None:
    """Only in words with a letter: `1080` and `455` are numbers. None: there is nothing to swap."""
    if not any(_has_tricks(chunk.group()) for chunk in _CHUNK.finditer(looks.text)):
        return None
    read, places = [" "], [0]
    for chunk in _CHUNK.finditer(looks.text):
        word = chunk.group().rstrip(_ENDS)
        swaps = letters if _has_tricks(word) else {}
        for place, each in enumerate(word, chunk.start()):
            letter = swaps.get(each, each.lower())
            if letter.isalnum() or read[-1] != " ":
                read.append(letter if letter.isalnum() else " ")
                places.append(looks.places[place])
        _end_word(read, places)
    return _reading(read, places)


def _has_tricks(word: str) -> bool:
    word = word.rstrip(_ENDS)
    return not word.isalpha() and not _TRICKS.isdisjoint(word) and any(each.isalpha() for each in word)


def _join_chunks(looks: Reading) -> Reading | None:
    """What stands together without a space, without the signs in it: `n.u-d~e`."""
    read, places = [" "], [0]
    for chunk in _CHUNK.finditer(looks.text):
        word = chunk.group()
        if word.strip(_ENDS).isalnum():
            continue
        kept = [place for place, each in enumerate(word, chunk.start()) if each.isalnum()]
        if not kept or kept[-1] - kept[0] + 1 == len(kept):
            # There is no sign inside.
            continue
        read += [looks.text[place].lower() for place in kept]
        places += [looks.places[place] for place in kept]
        _end_word(read, places)
    return _reading(read, places)


def _join_letters(by_looks: Reading) -> Reading | None:
    """Single letters in a row: `n u d e`."""
    read, places = [" "], [0]
    for row in re.finditer(rf"(?:(?<= )\S ){{{_SPELLED},}}", by_looks.text):
        kept = range(row.start(), row.end(), 2)
        read += [by_looks.text[place] for place in kept]
        places += [by_looks.places[place] for place in kept]
        _end_word(read, places)
    return _reading(read, places)


def _end_word(read: list[str], places: list[int]) -> None:
    if read[-1] != " ":
        read.append(" ")
        places.append(places[-1])


def _reading(read: list[str], places: list[int]) -> Reading | None:
    return Reading("".join(read), lambda: places) if len(read) > 1 else None


@dataclass(frozen=True, slots=True)
class Squeezed:
    """A word without its repeats: `letters`, and how often each stands in a row."""

    letters: str
    counts: tuple[int, ...]

    def is_repeat_of(self, word: "Squeezed") -> bool:
        """Whether it is that word with letters repeated as no language repeats them: `fuuck` and `coool`, not `good`.

        Call it for equal `letters`.
        """
        more = [
            (letter, count)
            for letter, count, wanted in zip(self.letters, self.counts, word.counts, strict=True)
            if count > wanted
        ]
        if not more or any(count < wanted for count, wanted in zip(self.counts, word.counts, strict=True)):
            return False
        return any(count >= _MANY or letter in _SELDOM_DOUBLED for letter, count in more)


def squeeze(word: str) -> Squeezed:
    runs = [(letter, sum(1 for _ in run)) for letter, run in groupby(word)]
    return Squeezed("".join(letter for letter, _ in runs), tuple(count for _, count in runs))


def repeated_words(reading: Reading) -> Iterator[re.Match[str]]:
    """The words that may have repeats."""
    for word in _CHUNK.finditer(reading.text):
        if _REPEATS.search(word.group()):
            yield word
