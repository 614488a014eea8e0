"""What a remix costs at most, and what an outcome did cost, in micro-dollars (1,000,000 = one US dollar)."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum

_MICROS = 1_000_000
_MOST_MICROS = 2**63 - 1


class Speed(StrEnum):
    """Rendering speeds of Ideogram 4.0, spelt as the v1 API spells them. `FLASH` and `BALANCED` are answered 400."""

    TURBO = "TURBO"
    DEFAULT = "DEFAULT"
    QUALITY = "QUALITY"

    @property
    def label(self) -> str:
        return self.value.capitalize()


COST_REPORTED = "the provider told what it cost"
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


def read_dollars(text: str) -> int | None:
    """Micro-dollars above 0 from `2.50` or `$2.50`, exactly: no float on the way. None: it is no such amount."""
    try:
        micros = Decimal(text.strip().removeprefix("$")) * _MICROS
        fine = 0 < micros <= _MOST_MICROS and micros == int(micros)
    except (ValueError, InvalidOperation, OverflowError):
        fine = False
    return int(micros) if fine else None
