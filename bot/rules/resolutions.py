"""The sizes that Ideogram 4.0 can be asked for, and what counts as the same shape.

Source: https://developer.ideogram.ai/api-reference/api-reference/remix-v4 (ResolutionV4).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import gcd

SHAPE_TOLERANCE = 0.01
"""Relative difference of two aspect ratios up to which they pass as one shape. The API's own is not documented."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """A size in pixels, written `WIDTHxHEIGHT` as the API writes it."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @property
    def ratio(self) -> str:
        """The reduced ratio, such as `2:3`; the near-integer one where the exact one reads badly."""
        divisor = gcd(self.width, self.height)
        return _SPOKEN_RATIOS.get((self.width, self.height)) or f"{self.width // divisor}:{self.height // divisor}"

    @property
    def name(self) -> str:
        """What people call the shape: Square, Portrait, Tall, Landscape, Wide."""
        if self.width == self.height:
            return "Square"
        long, short = max(self.width, self.height), min(self.width, self.height)
        stretched = long / short >= _STRETCHED
        if self.width < self.height:
            return "Tall" if stretched else "Portrait"
        return "Wide" if stretched else "Landscape"

    @property
    def label(self) -> str:
        return f"{self.name} {self.ratio} · {self.width}×{self.height}"


_STRETCHED = 1.7
_SPOKEN_RATIOS = {(1600, 2560): "10:16", (2560, 1600): "16:10", (800, 1280): "10:16", (1280, 800): "16:10"}


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
_BY_TEXT = {str(size): size for size in (*RESOLUTIONS_2K, *RESOLUTIONS_1K)}


def parse_resolution(text: str) -> Resolution | None:
    """The resolution of that name, `WIDTHxHEIGHT` with an x or a multiplication sign, or None."""
    return _BY_TEXT.get(text.strip().lower().replace("×", "x").replace(" ", ""))


def same_shape(width: int, height: int, resolution: Resolution) -> bool:
    """Whether a picture of `width` by `height` pixels keeps its shape at `resolution`."""
    return abs((width * resolution.height) / (height * resolution.width) - 1) <= SHAPE_TOLERANCE


def search_resolutions(typed: str, offered: Iterable[Resolution]) -> list[Resolution]:
    """Those whose name, ratio or size has every typed word in it, in the order offered."""
    words = typed.lower().replace("×", "x").split()
    return [
        size
        for size in offered
        if all(word in f"{size.name} {size.ratio} {size} {size.label}".lower() for word in words)
    ]
