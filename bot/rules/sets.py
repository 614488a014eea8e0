"""Sets: pictures that are asked for together. A weight ladder makes the same picture at four weights."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.rules.remix_request import RemixRequest

LADDER_WEIGHTS: Final = (20, 40, 60, 80)
MOST_IMAGES: Final = 4
"""In one call. The API takes eight, but a card with more than four is no 2x2 grid."""

LONGEST_WAIT: Final = timedelta(minutes=10)
"""How long the pictures of a set wait for the last one. What comes later gets a card of its own."""


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is asked for at once: paid calls, and the images of each."""

    calls: int = 1
    images: int = 1

    @property
    def pictures(self) -> int:
        return self.calls * self.images


ONE: Final = Amount()
LADDER: Final = Amount(calls=len(LADDER_WEIGHTS))


def ladder_of(request: RemixRequest) -> tuple[RemixRequest, ...]:
    """The same request at each weight of the ladder."""
    return tuple(replace(request, weight=weight, images=1) for weight in LADDER_WEIGHTS)
