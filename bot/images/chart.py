"""What a bar chart shows. `bar_chart.py` draws it, in another process."""

from collections.abc import Sequence
from dataclasses import dataclass

Colour = tuple[int, int, int]

# The palette of Okabe and Ito, which people with colour blindness can tell apart: https://jfly.uni-koeln.de/color/
BLUE: Colour = (86, 180, 233)
ORANGE: Colour = (230, 159, 0)
GREEN: Colour = (0, 158, 115)
PINK: Colour = (204, 121, 167)
GREY: Colour = (148, 155, 164)
RED: Colour = (213, 94, 0)


@dataclass(frozen=True, slots=True)
class Series:
    """One colour: its name in the legend, and its part of each bar."""

    name: str
    colour: Colour
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart with a stacked bar per label. `dollars`: of money, otherwise its axis has integers only."""

    title: str
    series: Sequence[Series]
    dollars: bool = False

    @property
    def highest(self) -> float:
        return max((sum(parts) for parts in zip(*(series.values for series in self.series), strict=True)), default=0)
