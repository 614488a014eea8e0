"""Sums up a server's remixes by day, member, speed and outcome."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.rules.prices import Speed


class Outcome(StrEnum):
    """How a remix ended. `OPEN`: it waits, is being generated, or its outcome is unknown."""

    MADE = "made"
    FAILED = "failed"
    CANCELLED = "cancelled"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class UsageRow:
    """One member's remixes on one UTC day, at one speed and with one outcome, and what they cost in micro-dollars."""

    day: date
    user_id: int
    speed: Speed
    outcome: Outcome
    remixes: int
    micros: int


@dataclass(frozen=True, slots=True)
class MemberTotal:
    """One member's remixes and micro-dollars over all days."""

    user_id: int
    remixes: int
    micros: int


@dataclass(frozen=True, slots=True)
class ServerUsage:
    """The usage of a server or of one member. `days` has every day in order, including those without a remix."""

    days: Sequence[date]
    used: Sequence[UsageRow]

    @property
    def remixes(self) -> int:
        return sum(row.remixes for row in self.used)

    @property
    def micros(self) -> int:
        return sum(row.micros for row in self.used)

    @property
    def by_outcome(self) -> Mapping[tuple[date, Outcome], int]:
        """The number of remixes."""
        counted: Counter[tuple[date, Outcome]] = Counter()
        for row in self.used:
            counted[row.day, row.outcome] += row.remixes
        return counted

    @property
    def by_speed(self) -> Mapping[tuple[date, Speed], int]:
        """Micro-dollars."""
        counted: Counter[tuple[date, Speed]] = Counter()
        for row in self.used:
            counted[row.day, row.speed] += row.micros
        return counted

    @property
    def people(self) -> Sequence[MemberTotal]:
        """The members, highest cost first."""
        remixes: Counter[int] = Counter()
        micros: Counter[int] = Counter()
        for row in self.used:
            remixes[row.user_id] += row.remixes
            micros[row.user_id] += row.micros
        found = [MemberTotal(user_id, count, micros[user_id]) for user_id, count in remixes.items()]
        return sorted(found, key=lambda person: (-person.micros, -person.remixes, person.user_id))
