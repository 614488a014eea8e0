"""Points that count against a member for a time, and the ladder of what follows from them."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bot.rules.durations import read_seconds, write_seconds

TIME_S = 30 * 86_400
"""For how long points count in a server that has set nothing, and across servers."""

FOLD_WITHIN = timedelta(minutes=1)
"""Refusals of a member for one kind of points within that time add points once: people press Enter again."""

MOST_POINTS = 100
MOST_RUNGS = 5
_LONGEST = 80
"""Characters of a ladder as it is written: a form of Discord carries it in a custom id, which has at most 100."""


class PointKind(StrEnum):
    """What gives points. The values are stored in the database."""

    WORD = "word"
    PICTURE = "picture"
    SAFETY = "safety"
    REPORT = "report"


POINTS = {PointKind.WORD: 1, PointKind.PICTURE: 1, PointKind.SAFETY: 1, PointKind.REPORT: 2}
"""A report counts twice: moderators have looked at what it is about."""


class RungAction(StrEnum):
    WARN = "warn"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Rung:
    """What follows when a member has that many points. `length_s`: how long it blocks; None: until they are unblocked.

    Of a warning `length_s` is None too.
    """

    points: int
    action: RungAction
    length_s: int | None = None

    @property
    def length(self) -> timedelta | None:
        return None if self.length_s is None else timedelta(seconds=self.length_s)


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs, lowest first. No two have the same number of points."""

    rungs: tuple[Rung, ...]


@dataclass(frozen=True, slots=True)
class NoLadder:
    """Why a text is no ladder. `rung`: the part that is wrong, if it is one part; `twice`: it repeats a number."""

    rung: str = ""
    twice: bool = False


_RUNG = re.compile(r"([0-9]{1,3})\s*(?:points?\b|:|=|->)?\s*(warn|block)(?:\s+(?:for\s+)?([0-9][0-9a-z ]{0,30}))?")


def read_ladder(text: str) -> Ladder | NoLadder:
    """`3 warn, 5 block 24h, 8 block`, in any order."""
    parts = [part.strip() for part in re.split(r"[,;\n]", text.lower()) if part.strip()]
    if not 1 <= len(parts) <= MOST_RUNGS:
        return NoLadder()
    rungs = dict[int, Rung]()
    for part in parts:
        rung = _read_rung(part)
        if rung is None or rung.points in rungs:
            return NoLadder(part, twice=rung is not None)
        rungs[rung.points] = rung
    ladder = Ladder(tuple(rungs[points] for points in sorted(rungs)))
    return ladder if len(write_ladder(ladder)) <= _LONGEST else NoLadder()


def _read_rung(text: str) -> Rung | None:
    found = _RUNG.fullmatch(text)
    if found is None or not 1 <= int(found[1]) <= MOST_POINTS:
        return None
    action, length_s = RungAction(found[2]), read_seconds(found[3]) if found[3] else None
    is_wrong = found[3] and (not length_s or action is RungAction.WARN)
    return None if is_wrong else Rung(int(found[1]), action, length_s)


def write_ladder(ladder: Ladder) -> str:
    """As `read_ladder` reads it back."""
    return ", ".join(map(_write_rung, ladder.rungs))


def _write_rung(rung: Rung) -> str:
    length = f" {write_seconds(rung.length_s)}" if rung.length_s is not None else ""
    return f"{rung.points} {rung.action}{length}"


def reached(ladder: Ladder | None, before: int, after: int) -> Rung | None:
    """The highest rung that these points reach, from `before` to `after`. None: nothing follows.

    Above the highest rung each further point reaches it again: else the worst members would have nothing to fear.
    """
    if ladder is None or after <= before:
        return None
    new = [rung for rung in ladder.rungs if before < rung.points <= after]
    if new:
        return new[-1]
    highest = ladder.rungs[-1]
    return highest if before >= highest.points else None
