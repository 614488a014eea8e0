"""Prices, and how much money to reserve and settle, in micro-dollars (1,000,000 micro-dollars are one US dollar)."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

from bot.rules.plain_numbers import read_decimal

_MICROS = 1_000_000
_MOST_MICROS = 2**63 - 1


class Speed(StrEnum):
    """Rendering speeds of Ideogram 4.0, as the v1 API spells them.

    The published enum also has `FLASH` and `BALANCED`, but the API answers 400 to them.
    """

    TURBO = "TURBO"
    DEFAULT = "DEFAULT"
    QUALITY = "QUALITY"

    @property
    def label(self) -> str:
        return self.value.capitalize()


COST_REPORTED = "the provider told what it cost"
"""The cause of the event for a call whose reported cost differs from the price list. Stored in `job_events`."""

Prices = Mapping[Speed, int]
"""Micro-dollars per image, by speed."""


def reservation(speed: Speed, prices: Prices, billed_images: int) -> int:
    """Micro-dollars to reserve for one call at that speed that bills at most that many images."""
    return prices[speed] * billed_images


def settlement(speed: Speed, images: int, prices: Prices) -> int:
    """Micro-dollars that a response with that many images cost.

    Count withheld images too: Ideogram bills images that it flags as unsafe.
    """
    return prices[speed] * images


def dollars(micros: int) -> str:
    """Formats an amount: `$0.03`, `$1.20`, `$0.125`."""
    text = f"{micros / 1_000_000:.6f}".rstrip("0")
    whole, _, cents = text.partition(".")
    return f"${whole}.{cents.ljust(2, '0')}"


def read_dollars(text: str) -> int | None:
    """Micro-dollars from `2.50` or `$2.50`; None unless it is an amount above 0.

    Decimal, because a float would turn 1.001 into 1000999.9999999999 micro-dollars.
    """
    amount = read_decimal(text.strip().removeprefix("$"))
    micros = amount * _MICROS if amount is not None else Decimal(0)
    return int(micros) if 0 < micros <= _MOST_MICROS and micros == int(micros) else None
