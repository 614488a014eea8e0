"""The resolutions that Ideogram 4.0 offers, and which of them have the shape of a picture.

Source: https://developer.ideogram.ai/api-reference/api-reference/remix-v4 (ResolutionV4).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import gcd

SHAPE_TOLERANCE = 0.01
"""The largest relative difference between two aspect ratios that still count as one shape.

Ideogram does not document its own tolerance. One percent covers sources that were rounded to whole pixels.
"""


@dataclass(frozen=True, slots=True)
class Resolution:
    """A size in pixels. `str` gives `WIDTHxHEIGHT`, as the API writes it."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @property
    def ratio(self) -> str:
        """The reduced ratio, such as `2:3`. 16:10 stays `16:10`: people know it by that name, not as 8:5."""
        divisor = gcd(self.width, self.height)
        return _FAMILIAR_RATIOS.get((self.width, self.height)) or f"{self.width // divisor}:{self.height // divisor}"

    @property
    def name(self) -> str:
        """The usual name of the shape: Square, Portrait, Tall, Landscape or Wide."""
        if self.width == self.height:
            return "Square"
        long, short = max(self.width, self.height), min(self.width, self.height)
        elongated = long / short >= _ELONGATED
        if self.width < self.height:
            return "Tall" if elongated else "Portrait"
        return "Wide" if elongated else "Landscape"

    @property
    def label(self) -> str:
        return f"{self.name} {self.ratio} · {self.width}×{self.height}"


_ELONGATED = 1.7
_FAMILIAR_RATIOS = {(1600, 2560): "10:16", (2560, 1600): "16:10", (800, 1280): "10:16", (1280, 800): "16:10"}


def _parse_all(text: str) -> tuple[Resolution, ...]:
    return tuple(Resolution(int(w), int(h)) for w, h in (size.split("x") for size in text.split()))


RESOLUTIONS_2K = _parse_all(
    "2048x2048 1440x2880 2880x1440 1664x2496 2496x1664 1792x2240 2240x1792 1440x2560 2560x1440 1600x2560 2560x1600 "
    "1728x2304 2304x1728 1296x3168 3168x1296 1152x2944 2944x1152 1248x3328 3328x1248 1280x3072 3072x1280 1024x3072 "
    "3072x1024"
)
RESOLUTIONS_1K = _parse_all(
    "1024x1024 896x1120 1120x896 864x1152 1152x864 832x1248 1248x832 800x1280 1280x800 720x1280 1280x720 720x1440 "
    "1440x720 512x1536 1536x512"
)
OFFERED = {"2k": RESOLUTIONS_2K, "1k": RESOLUTIONS_1K, "both": (*RESOLUTIONS_2K, *RESOLUTIONS_1K)}
"""What members can choose, by the operator's setting RESOLUTIONS."""

_BY_TEXT = {str(size): size for size in (*RESOLUTIONS_2K, *RESOLUTIONS_1K)}


def parse_resolution(text: str) -> Resolution | None:
    """The resolution written `WIDTHxHEIGHT`, with an x or a multiplication sign; None if Ideogram has none such."""
    return _BY_TEXT.get(text.strip().lower().replace("×", "x").replace(" ", ""))


def same_shape(width: int, height: int, resolution: Resolution) -> bool:
    """Whether a picture of `width` by `height` pixels keeps its shape at `resolution`."""
    return abs((width * resolution.height) / (height * resolution.width) - 1) <= SHAPE_TOLERANCE


def search_resolutions(typed: str, offered: Iterable[Resolution]) -> list[Resolution]:
    """The offered resolutions whose name, ratio or size contains every typed word, in their order."""
    words = typed.lower().replace("×", "x").split()
    return [
        size
        for size in offered
        if all(word in f"{size.name} {size.ratio} {size} {size.label}".lower() for word in words)
    ]
