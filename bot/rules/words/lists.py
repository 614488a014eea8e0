"""How admins' texts change a server's word lists: some entries are added and removed, or whole lists are replaced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.rules.policy_problems import Problem, ProblemCode, Problems
from bot.rules.words.entries import (
    MOST_PATTERNS,
    MOST_WORDS,
    Action,
    Entries,
    EntryKey,
    EntryKind,
    WordEntry,
    key_of,
    read_entry,
)
from bot.rules.words.patterns import LARGEST_PROGRAMS, program_size

ListKey = tuple[EntryKind, Action]

LISTS: Mapping[str, ListKey] = {
    "refuse": (EntryKind.WORD, Action.REFUSE),
    "review": (EntryKind.WORD, Action.REVIEW),
    "allow": (EntryKind.WORD, Action.ALLOW),
    "refuse-patterns": (EntryKind.PATTERN, Action.REFUSE),
    "review-patterns": (EntryKind.PATTERN, Action.REVIEW),
}
"""By their names in the file of a server's settings."""

_MOST = {EntryKind.WORD: MOST_WORDS, EntryKind.PATTERN: MOST_PATTERNS}
_TOO_MANY = {EntryKind.WORD: ProblemCode.TOO_MANY_WORDS, EntryKind.PATTERN: ProblemCode.TOO_MANY_PATTERNS}


@dataclass(frozen=True, slots=True)
class WordTexts:
    """What an admin wants. `lists`: what each of these lists has afterwards. `removed` can be words or patterns."""

    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    added: Mapping[str, Sequence[str]] = field(default_factory=dict)
    removed: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.lists or self.added or self.removed)


@dataclass(frozen=True, slots=True)
class ReadWords:
    """The same, read: a word is worked through once, and outside of a transaction."""

    entries: Entries = field(default_factory=dict)
    replaced: frozenset[ListKey] = frozenset()
    removed: Sequence[EntryKey] = ()


def read_words(wanted: WordTexts) -> ReadWords | Problems:
    """Checks each entry alone."""
    entries, problems = dict[EntryKey, WordEntry](), list[Problem]()
    for given in (wanted.lists, wanted.added):
        for name, texts in given.items():
            kind, action = LISTS[name]
            for text in texts:
                entry = read_entry(text, action, kind)
                if isinstance(entry, Problem):
                    problems.append(entry)
                    continue
                key = key_of(entry)
                if key in entries and entries[key].action is not action:
                    problems.append(Problem(ProblemCode.WORD_TWICE, word=text))
                entries.setdefault(key, entry)
    removed = [key_of(WordEntry(text.strip(), kind=kind)) for text in wanted.removed for kind in EntryKind]
    replaced = frozenset(LISTS[name] for name in wanted.lists)
    return Problems(problems) if problems else ReadWords(entries, replaced, removed)


WordChanges = Mapping[EntryKey, WordEntry | None]
"""The entries that differ from before, by key; None: removed."""


def change_words(before: Entries, wanted: ReadWords) -> WordChanges | Problems:
    after = {key: entry for key, entry in before.items() if (entry.kind, entry.action) not in wanted.replaced}
    for key in wanted.removed:
        after.pop(key, None)
    for key, entry in wanted.entries.items():
        known = before.get(key)
        # A word in another case is the same word.
        after[key] = known if known is not None and known.action is entry.action else entry
    if problems := _too_much(before, after):
        return Problems(problems)
    gone = {key: None for key in before if key not in after}
    return {**gone, **{key: entry for key, entry in after.items() if before.get(key) != entry}}


def _too_much(before: Entries, after: Entries) -> Sequence[Problem]:
    found = list[Problem]()
    for kind, most in _MOST.items():
        if sum(each.kind is kind for each in after.values()) > most:
            found.append(Problem(_TOO_MANY[kind], limit=most))
    patterns = {entry.text for entry in after.values() if entry.kind is EntryKind.PATTERN}
    if not found and patterns - {entry.text for entry in before.values()} and _size(patterns) > LARGEST_PROGRAMS:
        found.append(Problem(ProblemCode.PATTERNS_TOO_LARGE))
    return found


def _size(patterns: set[str]) -> int:
    return sum(map(program_size, patterns))


@dataclass(frozen=True, slots=True)
class WordChange:
    """One entry before and after, as a case keeps it. None: it was not listed."""

    kind: EntryKind
    text: str
    before: Action | None
    after: Action | None


def recorded(before: Entries, changes: WordChanges) -> Sequence[WordChange]:
    """In the order of the texts."""
    made = []
    for key, entry in changes.items():
        earlier = before.get(key)
        named = entry or earlier
        if named is not None:
            was, now = (each.action if each else None for each in (earlier, entry))
            made.append(WordChange(named.kind, named.text, was, now))
    return sorted(made, key=lambda each: each.text.casefold())


def undo_words(now: Entries, made: Sequence[WordChange]) -> WordChanges | None:
    """None: some of them were changed again since."""
    changes = dict[EntryKey, WordEntry | None]()
    for each in made:
        entry = WordEntry(each.text, each.after or Action.REFUSE, each.kind)
        known = now.get(key_of(entry))
        if (known.action if known else None) is not each.after:
            return None
        changes[key_of(entry)] = None if each.before is None else replace(entry, action=each.before)
    return changes


def write_lists(entries: Sequence[WordEntry]) -> Mapping[str, Sequence[str]]:
    """As `read_words` reads them back; empty lists too."""
    return {name: [entry.text for entry in entries if (entry.kind, entry.action) == key] for name, key in LISTS.items()}
