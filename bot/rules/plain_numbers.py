"""Recognizes numbers in plain ASCII digits: Python also reads `1e5`, `1_000`, `+5`, `٣` and digits of full width."""

import re
from decimal import Decimal

# Nine digits and six decimals are more than any setting needs, and `int` and `Decimal` are slow with 60,000.
_WHOLE = re.compile(r"[0-9]{1,9}")
_DECIMAL = re.compile(r"[0-9]{1,13}(?:\.[0-9]{1,12})?|\.[0-9]{1,12}")


def is_whole(text: str) -> bool:
    """At most nine digits."""
    return _WHOLE.fullmatch(text) is not None


def is_decimal(text: str) -> bool:
    """Such as `5`, `2.50` or `.5`."""
    return _DECIMAL.fullmatch(text) is not None


def read_decimal(text: str) -> Decimal | None:
    return Decimal(text) if is_decimal(text) else None
