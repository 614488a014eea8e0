"""Finds the entries of a word list in a prompt, also where they are disguised."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

from bot.rules.words.entries import Action, EntryKind, WordEntry
from bot.rules.words.globs import MOST_KEPT, Glob, Globs, Spelling, glob_of
from bot.rules.words.patterns import Patterns
from bot.rules.words.readings import (
    Reading,
    prepare,
    read_by_looks,
    read_exactly,
    read_for_patterns,
    read_plainly,
)
from bot.rules.words.scripts import is_disguise
from bot.rules.words.tricks import Squeezed, read_tricks, repeated_words, squeeze

_SPAN = tuple[int, int]


class How(IntEnum):
    """How an entry was found, the surest first."""

    AS_WRITTEN = 1
    LOOKS_ALIKE = 2
    PERHAPS = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """`start` to `end` is where it stands in `Prompt.text`; `piece`: what stands there."""

    entry: WordEntry
    how: How
    start: int
    end: int
    piece: str

    @property
    def action(self) -> Action:
        """What can be wrong refuses nothing."""
        return Action.REVIEW if self.how is How.PERHAPS else self.entry.action


class Prompt:
    """A text and its readings, so that several lists read it once."""

    def __init__(self, text: str) -> None:
        self.text = prepare(text)
        self.plain = read_plainly(self.text)
        self.by_looks = self.plain if self.text.isascii() else read_by_looks(self.text)
        self._seen_by_looks = read_for_patterns(self.text, by_looks=True)
        self.tricks = list(read_tricks(self._seen_by_looks, self.by_looks))

    @cached_property
    def exact(self) -> Reading:
        """Only lists with allowed words ask for it."""
        return read_exactly(self.text)

    @cached_property
    def for_patterns(self) -> Sequence[Reading]:
        """As it is written, and as it looks if that is another text."""
        if self.text.isascii():
            return (self._seen_by_looks,)
        return (read_for_patterns(self.text, by_looks=False), self._seen_by_looks)

    @property
    def is_cut(self) -> bool:
        """It is too long to be read whole."""
        return any(each.is_cut for each in (self.plain, self.by_looks, self._seen_by_looks))


class Matcher:
    """Made once for a list: ten thousand words take a quarter of a second."""

    def __init__(self, entries: Iterable[WordEntry]) -> None:
        listed = list(entries)
        words = [each for each in listed if each.kind is EntryKind.WORD and each.action is not Action.ALLOW]
        self._words, plain, by_looks = _globs_of(words)
        self._plain = Globs(plain)
        self._by_looks = self._plain if by_looks == plain else Globs(by_looks)
        self._squeezed = _squeezed(by_looks)
        allowed = [glob_of(each.text, Spelling.EXACT) for each in listed if each.action is Action.ALLOW]
        self._allows = bool(allowed)
        self._allowed = Globs([glob for glob in allowed if glob is not None])
        self._entries_of_patterns = [each for each in listed if each.kind is EntryKind.PATTERN]
        self._patterns = Patterns([each.text for each in self._entries_of_patterns])

    def find(self, prompt: Prompt) -> Sequence[Hit]:
        """In the order of the text; the surest first where several stand at one place."""
        allowed = list[_SPAN]()
        if self._allows:
            for _, *at in self._allowed.find(prompt.exact):
                allowed.append(prompt.exact.span(*prompt.exact.whole_words(*at)))
        found = dict[tuple[WordEntry, int, int], Hit]()
        kept = {how: Counter[int]() for how in How}
        for number, hit in self._all(prompt, kept):
            key = (hit.entry, hit.start, hit.end)
            # What is allowed does not count, or a row of allowed words would hide one that is not.
            if any(start <= hit.start and hit.end <= end for start, end in allowed):
                continue
            kept[hit.how][number] += 1
            if key not in found or hit.how < found[key].how:
                found[key] = hit
        return sorted(found.values(), key=lambda hit: (hit.start, hit.how, hit.end))

    def _all(self, prompt: Prompt, kept: Mapping[How, Counter[int]]) -> Iterator[tuple[int, Hit]]:
        """With the number of the entry in its list."""
        for number, start, end in self._plain.find(prompt.plain, kept[How.AS_WRITTEN]):
            yield number, _hit(prompt, self._words[number], How.AS_WRITTEN, prompt.plain.span(start, end))
        if prompt.by_looks is not prompt.plain or self._by_looks is not self._plain:
            for number, start, end in self._by_looks.find(prompt.by_looks, kept[How.LOOKS_ALIKE]):
                if kept[How.PERHAPS][number] >= MOST_KEPT:
                    continue
                span = prompt.by_looks.span(start, end)
                how = How.LOOKS_ALIKE if is_disguise(prompt.text, *span) else How.PERHAPS
                yield number, _hit(prompt, self._words[number], how, span)
        readings = prompt.for_patterns if self._entries_of_patterns else ()
        for how, reading in zip((How.AS_WRITTEN, How.LOOKS_ALIKE), readings, strict=False):
            for number, start, end in self._patterns.find(reading.text):
                if start < end:
                    span = reading.places[start], reading.places[end - 1] + 1
                    yield -1 - number, _hit(prompt, self._entries_of_patterns[number], how, span)
        yield from self._perhaps(prompt, kept[How.PERHAPS])

    def _perhaps(self, prompt: Prompt, kept: Counter[int]) -> Iterator[tuple[int, Hit]]:
        for reading in prompt.tricks:
            for number, start, end in self._by_looks.find(reading, kept):
                yield number, _hit(prompt, self._words[number], How.PERHAPS, reading.span(start, end))
        for reading in (prompt.by_looks, *prompt.tricks) if self._squeezed else ():
            for found in repeated_words(reading):
                for number in self._repeats(squeeze(found.group())):
                    yield number, _hit(prompt, self._words[number], How.PERHAPS, reading.span(*found.span()))

    def _repeats(self, seen: Squeezed) -> Iterator[int]:
        for number, wanted in self._squeezed.get(seen.letters, ()):
            if seen.is_repeat_of(wanted):
                yield number


def _globs_of(words: Sequence[WordEntry]) -> tuple[list[WordEntry], list[Glob], list[Glob]]:
    """The words that can be looked for, as they are spelled, and as they look."""
    kept, plain, by_looks = list[WordEntry](), list[Glob](), list[Glob]()
    for entry in words:
        spelled, seen = glob_of(entry.text, Spelling.PLAIN), glob_of(entry.text, Spelling.BY_LOOKS)
        if spelled is not None and seen is not None:
            kept.append(entry)
            plain.append(spelled)
            by_looks.append(seen)
    return kept, plain, by_looks


def _squeezed(globs: Sequence[Glob]) -> dict[str, list[tuple[int, Squeezed]]]:
    """Of whole single words."""
    found: dict[str, list[tuple[int, Squeezed]]] = {}
    for number, glob in enumerate(globs):
        word = glob.pieces[0]
        if len(glob.pieces) == 1 and word[0] == word[-1] == " " and " " not in word[1:-1]:
            squeezed = squeeze(word[1:-1])
            found.setdefault(squeezed.letters, []).append((number, squeezed))
    return found


def _hit(prompt: Prompt, entry: WordEntry, how: How, span: _SPAN) -> Hit:
    return Hit(entry, how, *span, prompt.text[span[0] : span[1]])
