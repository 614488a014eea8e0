"""The entries of a server's word list: words with wildcards, and regular expressions. Reads what admins type."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.rules.policy_problems import Problem, ProblemCode
from bot.rules.visible_text import one_line
from bot.rules.words.globs import Spelling, glob_of, spell
from bot.rules.words.patterns import LONGEST_PATTERN, check_pattern

MOST_WORDS = 10_000
MOST_PATTERNS = 1_000
LONGEST_WORD = 100


class Action(StrEnum):
    """What follows if an entry is found. The values are stored. An ALLOW entry takes back what others find in it."""

    REFUSE = "refuse"
    REVIEW = "review"
    ALLOW = "allow"


class EntryKind(StrEnum):
    """The values are stored."""

    WORD = "word"
    PATTERN = "pattern"


@dataclass(frozen=True, slots=True)
class WordEntry:
    """`text`: as it was typed. A word can have several words and wildcards; a pattern is a regular expression."""

    text: str
    action: Action = Action.REFUSE
    kind: EntryKind = EntryKind.WORD

    @property
    def key(self) -> str:
        """The same for words that differ only in case, width, invisible characters or punctuation."""
        return self.text if self.kind is EntryKind.PATTERN else spell(self.text, Spelling.EXACT).strip()


EntryKey = tuple[EntryKind, str]
Entries = Mapping[EntryKey, WordEntry]


def key_of(entry: WordEntry) -> EntryKey:
    return entry.kind, entry.key


def read_entry(text: str, action: Action, kind: EntryKind) -> WordEntry | Problem:
    """The problem names the word or the pattern that it is about."""
    if kind is EntryKind.PATTERN:
        if action is Action.ALLOW:
            return Problem(ProblemCode.PATTERN_CANNOT_ALLOW, word=text)
        if len(text) > LONGEST_PATTERN or not text.strip():
            return Problem(ProblemCode.NOT_A_PATTERN, limit=LONGEST_PATTERN, word=text)
        return check_pattern(text) or WordEntry(text, action, kind)
    plain = one_line(text)
    if not plain or len(plain) > LONGEST_WORD:
        return Problem(ProblemCode.NOT_A_WORD, limit=LONGEST_WORD, word=text)
    if glob_of(plain, Spelling.PLAIN) is None:
        # A single letter between wildcards would be found in every prompt.
        return Problem(ProblemCode.WORD_TOO_BROAD, word=text)
    return WordEntry(plain, action)
