"""Checks and runs admins' regular expressions with RE2, which takes time linear in the length of the text."""

import re2  # type: ignore[import-untyped]  # it has no types

from bot.rules.policy_problems import Problem, ProblemCode

LONGEST_PATTERN = 260
"""Characters, as in Discord's AutoMod.

https://discord.com/developers/docs/resources/auto-moderation#auto-moderation-rule-object-trigger-metadata-field-limits
"""
LARGEST_PROGRAM = 2_000
"""Instructions of one compiled pattern. An ordinary one has 10 to 50; `(.{1,50}){20}` has 9,000."""
LARGEST_PROGRAMS = 50_000
"""Of all patterns of a server: the worst of them take half a second for a prompt, outside of any transaction."""
_MEMORY = 1 << 16
_MOST_SPANS = 100


def _options() -> re2.Options:
    options = re2.Options()
    options.case_sensitive = False
    # It would write the pattern to standard error.
    options.log_errors = False
    options.never_capture = True
    options.max_mem = _MEMORY
    return options


def check_pattern(text: str) -> Problem | None:
    """The problem has the part of the pattern that is wrong, and where it begins, counted from 1."""
    try:
        size = re2.compile(text, _options()).programsize
    except re2.error as error:
        return _wrong(text, error)
    finally:
        # The library keeps 128 of them.
        re2.purge()
    if size > LARGEST_PROGRAM:
        return Problem(ProblemCode.PATTERN_TOO_LARGE, word=text)
    return Problem(ProblemCode.PATTERN_MATCHES_NOTHING, word=text) if _matches_nothing(text) else None


def _wrong(text: str, error: re2.error) -> Problem:
    said = error.args[0]
    message = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    what, _, part = message.partition(": ")
    if "too large" in message or "out of memory" in message:
        return Problem(ProblemCode.PATTERN_TOO_LARGE, word=text)
    place = text.find(part) if part else -1
    # For a bracket that is not closed, re2 names the whole pattern and not the place.
    place = _unclosed(text) if what.startswith("missing") else place
    return Problem(ProblemCode.PATTERN_WRONG, field=part or what, limit=max(0, place) + 1, word=text)


def _unclosed(text: str) -> int:
    """Where the first bracket stands that nothing closes."""
    opened = list[int]()
    in_class, skip = -1, False
    for place, character in enumerate(text):
        if skip or character == "\\":
            skip = not skip
        elif in_class >= 0:
            in_class = -1 if character == "]" else in_class
        elif character == "[":
            in_class = place
        elif character == "(":
            opened.append(place)
        elif character == ")" and opened:
            opened.pop()
    return in_class if in_class >= 0 else opened[0] if opened else 0


def _matches_nothing(text: str) -> bool:
    """Whether it is found in an empty text, so in every prompt."""
    return re2.compile(text, _options()).search("") is not None


def program_size(text: str) -> int:
    """0: it cannot be compiled."""
    try:
        return int(re2.compile(text, _options()).programsize)
    except re2.error:
        return 0


class Patterns:
    """Which patterns are in a text, and where. Those that RE2 does not take are left out."""

    def __init__(self, texts: list[str]) -> None:
        self._filter = re2.Filter()
        self._numbers = list[int]()
        for number, text in enumerate(texts):
            try:
                self._filter.Add(text, _options())
            except re2.error:
                continue
            self._numbers.append(number)
        if self._numbers:
            self._filter.Compile()
        self._compiled = {number: n for n, number in enumerate(self._numbers)}

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """The number of the pattern, and where it begins and ends."""
        if not self._numbers:
            return []
        found = list[tuple[int, int, int]]()
        for n in self._filter.Match(text) or ():
            for count, match in enumerate(self._filter.re(n).finditer(text)):
                if count == _MOST_SPANS:
                    break
                found.append((self._numbers[n], *match.span()))
        return found
