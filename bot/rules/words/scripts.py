"""Tells the scripts of letters apart: a word of look-alikes from a word of another language."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_WITHOUT_SPACES = frozenset({"CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN"})
_WITH_SPACES = frozenset(
    {"CYRILLIC", "GREEK", "ARMENIAN", "HEBREW", "ARABIC", "GEORGIAN", "HANGUL", "DEVANAGARI", "BENGALI", "TAMIL"}
    | {"TELUGU", "KANNADA", "MALAYALAM", "GUJARATI", "GURMUKHI", "ETHIOPIC", "SINHALA", "SYRIAC", "MONGOLIAN"}
)
_SHORTEST_WORD = 3


@lru_cache(maxsize=20_000)
def script_of(character: str) -> str | None:
    """The script of a letter that is not Latin. None: Latin, a Latin letter in disguise, a digit or a sign."""
    if character.isascii() or not character.isalpha():
        return None
    name = unicodedata.name(character, "").partition(" ")[0]
    return name if name in _WITH_SPACES or name in _WITHOUT_SPACES else None


def is_written_without_spaces(character: str) -> bool:
    return script_of(character) in _WITHOUT_SPACES


def is_disguise(text: str, start: int, end: int) -> bool:
    """Whether letters of other scripts stand for Latin ones in `text[start:end]`, and are not words of their language.

    A word that mixes scripts is a disguise. A word in one other script may be one: unless the text has other words in
    that script.
    """
    scripts = {script_of(each) for each in text[start:end] if each.isalpha()}
    if scripts <= {None} or len(scripts) > 1:
        return True
    (script,) = scripts
    return script not in _WITHOUT_SPACES and not _has_words(f"{text[:start]} {text[end:]}".split(), script)


def _has_words(words: Iterable[str], script: str | None) -> bool:
    for word in words:
        letters = [each for each in word if each.isalpha()]
        if len(letters) >= _SHORTEST_WORD and all(script_of(each) == script for each in letters):
            return True
    return False
