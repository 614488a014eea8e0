"""How much a picture must be like one of a list of pictures that are not allowed, and what follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

MOST_LISTED = 10_000
"""Pictures on one list. Beyond that the oldest go: a removal must never fail because a list is full."""


class PictureMemory(StrEnum):
    """From a picture that is hardly changed to one that is changed a lot. `OFF`: nothing is remembered nor refused."""

    OFF = "off"
    STRICT = "strict"
    NEAR = "near"
    WIDE = "wide"


_MOST_DIFFERENT: Mapping[PictureMemory, tuple[int, int]] = {
    PictureMemory.STRICT: (40, 24),
    PictureMemory.NEAR: (56, 30),
    PictureMemory.WIDE: (72, 38),
}
"""In how many bits of 255 the waves of two pictures may differ, and in how many of 162 their slopes.

Measured: docs/benchmarks.md says how many innocent pictures that finds, and how many changed copies.
"""
WIDEST = _MOST_DIFFERENT[PictureMemory.WIDE]
OPERATORS = PictureMemory.NEAR
"""How much a picture must be like one of the operator's list."""


class ListedBecause(StrEnum):
    """Why a picture is on a list. The values are stored in the database."""

    REMOVED_SOURCE = "removed_source"
    REMOVED_RESULT = "removed_result"
    UNSAFE = "unsafe"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Likeness:
    """A listed picture that another one is like, and in how many bits their waves and slopes differ."""

    number: int
    by_operator: bool
    wave: int
    slope: int

    def is_within(self, memory: PictureMemory) -> bool:
        if memory is PictureMemory.OFF:
            return False
        wave, slope = _MOST_DIFFERENT[memory]
        return self.wave <= wave and self.slope <= slope

    @property
    def strictest(self) -> PictureMemory:
        """The strictest setting that finds it."""
        return next(
            memory
            for memory in (PictureMemory.STRICT, PictureMemory.NEAR, PictureMemory.WIDE)
            if self.is_within(memory)
        )


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What the lists find in one picture. `version`: of the lists that were asked; 0: there are none."""

    version: int = 0
    found: Sequence[Likeness] = ()

    def by_operator(self) -> Likeness | None:
        return next((each for each in self.found if each.by_operator and each.is_within(OPERATORS)), None)

    def by_server(self, memory: PictureMemory) -> Likeness | None:
        return next(iter(self.all_by_server(memory)), None)

    def all_by_server(self, memory: PictureMemory) -> Sequence[Likeness]:
        return [each for each in self.found if not each.by_operator and each.is_within(memory)]

    def by_operator_alone(self) -> "PictureFacts":
        """For a picture that a moderator of the server allowed once: they cannot allow what the operator does not."""
        return PictureFacts(self.version, [each for each in self.found if each.by_operator])


NO_PICTURES = PictureFacts()


@dataclass(frozen=True, slots=True)
class KnownPicture:
    """A listed picture. `prints`: packed fingerprints to keep; empty: only the same file is found."""

    number: int
    hash: str
    prints: bytes = field(repr=False)
