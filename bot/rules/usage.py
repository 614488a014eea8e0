"""How a remix counts in the usage of a server: what became of it, who asked for it, what it cost."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.rules.prices import Speed


class Outcome(StrEnum):
    """`OPEN`: it waits, is being made, or nobody knows what became of it."""

    MADE = "made"
    FAILED = "failed"
    CANCELLED = "cancelled"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class UsageRow:
    """Remixes of one person in one day of UTC, at one speed, with one outcome; and micro-dollars that they count."""

    day: date
    user_id: int
    speed: Speed
    outcome: Outcome
    remixes: int
    micros: int


@dataclass(frozen=True, slots=True)
class MemberTotal:
    """What one person used in all."""

    user_id: int
    remixes: int
    micros: int


@dataclass(frozen=True, slots=True)
class ServerUsage:
    """Of a server, or of one member. `days` are all of them, in order, also those without a remix."""

    days: Sequence[date]
    used: Sequence[UsageRow]

    @property
    def remixes(self) -> int:
        return sum(each.remixes for each in self.used)

    @property
    def micros(self) -> int:
        return sum(each.micros for each in self.used)

    @property
    def by_outcome(self) -> Mapping[tuple[date, Outcome], int]:
        """Remixes."""
        counted: Counter[tuple[date, Outcome]] = Counter()
        for each in self.used:
            counted[each.day, each.outcome] += each.remixes
        return counted

    @property
    def by_speed(self) -> Mapping[tuple[date, Speed], int]:
        """Micro-dollars."""
        counted: Counter[tuple[date, Speed]] = Counter()
        for each in self.used:
            counted[each.day, each.speed] += each.micros
        return counted

    @property
    def people(self) -> Sequence[MemberTotal]:
        """Who used most comes first."""
        remixes: Counter[int] = Counter()
        micros: Counter[int] = Counter()
        for each in self.used:
            remixes[each.user_id] += each.remixes
            micros[each.user_id] += each.micros
        found = [MemberTotal(user_id, count, micros[user_id]) for user_id, count in remixes.items()]
        return sorted(found, key=lambda person: (-person.micros, -person.remixes, person.user_id))
