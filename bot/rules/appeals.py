"""What people can appeal, how often, and how moderators can decide. The limits are fixed, not settings of a server."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum

from bot.rules.cases import CaseKind
from bot.rules.visible_text import one_line

A_DAY = timedelta(hours=24)
MOST_A_DAY = 3
"""Of one person in one server. Each of them takes a moderator's time, and blocked people can write them too."""

OPEN_FOR = timedelta(days=7)
"""After that an appeal ends undecided, and its author hears so."""

ALLOWED_FOR = timedelta(days=7)
"""How long somebody has to make what a moderator allowed once."""

GIVEN_BACK_FOR = timedelta(days=14)
"""How long remixes can be used that are given back after a removal."""

APPEALABLE_FOR = timedelta(days=30)
"""How far back a warning, a removal or a hidden result can be appealed. A block can be as long as it holds."""

REFUSAL_RECENT = timedelta(days=1)
"""How long after a refusal `/remix-appeal` offers to appeal one."""

KEPT_FOR = timedelta(days=90)
"""How long an appeal is kept once it has ended, as long as refusals are."""

MOST_TOLD = 3
"""Of those that ended, in one message: each has an answer of up to 300 characters, and a message 2,000."""

LONGEST_TEXT = 800
"""Characters. Escaping may double them, and a card has room for 4,000 in all."""
LONGEST_PROMPT = 4000
"""Discord's limit for a field of a form: https://discord.com/developers/docs/components/reference#text-input"""


class Appealed(StrEnum):
    """What is appealed. The values are stored.

    `WORDS`: a prompt that the server's own lists refuse; `AUTOMOD`: one that only its AutoMod refuses. `PICTURE`: a
    source that is like one in the picture memory of the server. `CASE`: what a moderator or a rule did. `RESULT`: that
    a result was held back, because a list or AutoMod refuses its prompt since.
    """

    WORDS = "words"
    AUTOMOD = "automod"
    PICTURE = "picture"
    CASE = "case"
    RESULT = "result"


class Outcome(StrEnum):
    """How an appeal ended. The values are stored.

    `OVER`: what it was about had ended before anybody decided. `WITHDRAWN`: its author had their data erased.
    """

    ALLOWED_ONCE = "allowed_once"
    ALLOWED = "allowed"
    LIFTED = "lifted"
    KEPT = "kept"
    EXPIRED = "expired"
    OVER = "over"
    WITHDRAWN = "withdrawn"


class Decision(StrEnum):
    """What a moderator can decide. The values are in custom ids.

    `ALLOW_ONCE`: this very prompt or picture, by this person, once. `ALLOW`: the words in everybody's prompts, or the
    picture as everybody's source. Both also post a result that was held back. `LIFT`: what the case did ends. `KEEP`:
    all stays as it is.
    """

    ALLOW_ONCE = "once"
    ALLOW = "allow"
    LIFT = "lift"
    KEEP = "keep"

    @property
    def outcome(self) -> Outcome:
        return _OUTCOMES[self]


_OUTCOMES: Mapping[Decision, Outcome] = {
    Decision.ALLOW_ONCE: Outcome.ALLOWED_ONCE,
    Decision.ALLOW: Outcome.ALLOWED,
    Decision.LIFT: Outcome.LIFTED,
    Decision.KEEP: Outcome.KEPT,
}

DECISIONS: Mapping[Appealed, tuple[Decision, ...]] = {
    Appealed.WORDS: (Decision.ALLOW_ONCE, Decision.ALLOW, Decision.KEEP),
    # The rule is the server's, in Discord: only its admins can change it, and only there.
    Appealed.AUTOMOD: (Decision.ALLOW_ONCE, Decision.KEEP),
    Appealed.PICTURE: (Decision.ALLOW_ONCE, Decision.ALLOW, Decision.KEEP),
    Appealed.CASE: (Decision.LIFT, Decision.KEEP),
    Appealed.RESULT: (Decision.ALLOW_ONCE, Decision.ALLOW, Decision.KEEP),
}

REMOVALS = frozenset({CaseKind.REMOVE, CaseKind.PURGE})
"""Lifting one cannot bring a picture back, so it gives the remix back instead."""

APPEALABLE = REMOVALS | {CaseKind.BLOCK, CaseKind.WARN, CaseKind.HIDE}


class NotMade(StrEnum):
    """Why an appeal was not accepted.

    `NOT_FOUND`: there is no such case or refusal of theirs. `NOT_REFUSED`: no rule has anything against that prompt
    now; `PICTURE_ALLOWED`: the list has nothing like that picture. `TOO_LONG`: the prompt is too long to be read, and
    no decision could change that. `NOT_KEPT`: the result that was held back is gone. `DECIDED`: it was decided before,
    and stays so.
    """

    NOT_FOUND = "not_found"
    OVER = "over"
    NOT_REFUSED = "not_refused"
    TOO_LONG = "too_long"
    PICTURE_ALLOWED = "picture_allowed"
    NOT_KEPT = "not_kept"
    NO_TEXT = "no_text"
    OPEN_ALREADY = "open_already"
    DECIDED = "decided"
    TOO_OFTEN = "too_often"


class NotDecided(StrEnum):
    """Why a decision changed nothing.

    `OWN`: it is their own appeal. `ACTED`: they did what is appealed, and somebody else can decide. `CANNOT`: that
    decision does not fit. `WORDS_STAY`: allowing these words would not let the prompt through. `BUSY`: its author is
    fetching the result at this moment.
    """

    DONE_BEFORE = "done_before"
    OWN = "own"
    ACTED = "acted"
    CANNOT = "cannot"
    NOT_AN_ADMIN = "not_an_admin"
    WORDS_STAY = "words_stay"
    BUSY = "busy"


MOST_LISTED = 4
"""Of the listed pictures that a refused one is like: their numbers have to fit into a custom id."""


def picture_key(listed: Sequence[int]) -> str:
    """The numbers of the listed pictures that a refused one is like."""
    return "-".join(map(str, listed[:MOST_LISTED]))


def listed_of(key: str) -> list[int]:
    """The numbers in a `picture_key`."""
    return [int(number) for number in key.split("-")]


def prompt_key(sent_prompt: str) -> str:
    """The same for prompts that differ in nothing that can be seen. The prompt cannot be read from it."""
    return hashlib.sha256(one_line(sent_prompt).encode("utf-8", "replace")).hexdigest()
