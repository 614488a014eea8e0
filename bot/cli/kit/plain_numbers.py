"""Reads numbers on the command line, where Python alone would also read `1_000`, `+5`, `٣` and `1e5`."""

from collections.abc import Callable
from decimal import Decimal

import typer

from bot.rules.plain_numbers import is_decimal, is_whole

_SHOWN = 20
_MOST_MICROS = 10**15


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """For typer's `parser`. It also gets default values, as they are."""
    limits = f"from {least} to {most}" if most is not None else f"of {least} or more"

    def read(text: str) -> int:
        number = int(text) if is_whole(str(text)) else -1
        if number < least or (most is not None and number > most):
            raise typer.BadParameter(f"{str(text)[:_SHOWN]!r} is not a whole number {limits}.")
        return number

    return read


def seconds(text: str) -> float:
    """0 or more."""
    if not is_decimal(str(text)):
        raise typer.BadParameter(f"{str(text)[:_SHOWN]!r} is not a number of seconds, such as 2.5.")
    return float(text)


def usd(text: str) -> int:
    """Micro-dollars of an amount such as `1.20`."""
    plain = str(text).removeprefix("$")
    if not is_decimal(plain) or (micros := Decimal(plain) * 1_000_000) != int(micros) or micros > _MOST_MICROS:
        raise typer.BadParameter(f"{str(text)[:_SHOWN]!r} is not an amount of dollars, such as 1.20.")
    return int(micros)
