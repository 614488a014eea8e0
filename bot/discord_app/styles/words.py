"""What people read where they choose a style."""

from dataclasses import replace

from bot.rules.styles import Style
from bot.rules.visible_text import shorten

_LONGEST_LABEL = 100


def choice(style: Style) -> str:
    """In a list that opens while somebody types, which shows no markdown: `Claymation · weight 40 · Turbo`."""
    return shorten(" · ".join([style.name, *_sets(style), style.ending]), _LONGEST_LABEL)


def form_choice(style: Style) -> str:
    """Under the name of the style in a form, where the speed is always chosen by the member."""
    return shorten(" · ".join([*_sets(replace(style, speed=None)), style.ending]), _LONGEST_LABEL)


def _sets(style: Style) -> list[str]:
    parts = [f"weight {style.weight}"] if style.weight is not None else []
    return [*parts, style.speed.label] if style.speed is not None else parts
