"""What a remix costs at most, and what an outcome did cost, in micro-dollars (1,000,000 = one US dollar)."""

from collections.abc import Mapping
from enum import StrEnum


class Speed(StrEnum):
    """Rendering speeds of Ideogram 4.0, spelt as the v1 API spells them. `FLASH` and `BALANCED` are answered 400."""

    TURBO = "TURBO"
    DEFAULT = "DEFAULT"
    QUALITY = "QUALITY"

    @property
    def label(self) -> str:
        return self.value.capitalize()


COST_TOLD = "the provider told what it cost"
"""The event of a call that cost something else than its images by the list."""

Prices = Mapping[Speed, int]
"""Micro-dollars an image, by speed."""


def reservation(speed: Speed, prices: Prices, billed_images: int) -> int:
    """Micro-dollars to set aside for one call at that speed, if it bills that many images."""
    return prices[speed] * billed_images


def settlement(speed: Speed, images: int, prices: Prices) -> int:
    """Micro-dollars that an answer with that many images cost. Images withheld as unsafe are billed as well."""
    return prices[speed] * images


def dollars(micros: int) -> str:
    """As people read it: `$0.03`, `$1.20`, `$0.125`."""
    text = f"{micros / 1_000_000:.6f}".rstrip("0")
    whole, _, cents = text.partition(".")
    return f"${whole}.{cents.ljust(2, '0')}"
