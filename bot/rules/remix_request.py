"""A remix as it is asked for, and its validation before anything is queued or paid."""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from bot.rules.prices import Speed
from bot.rules.refusals import Reason, Refused
from bot.rules.resolutions import Resolution, parse_resolution, same_shape

_VISIBLE = frozenset("LNPS")
"""Letters, numbers, punctuation and symbols, by the first letter of their Unicode category."""

MIN_WEIGHT = 1
MAX_WEIGHT = 100


@dataclass(frozen=True, slots=True)
class RemixRequest:
    """What one call of the remix API is asked for, the source picture aside.

    `weight` is 1 to 100 or None for automatic; high keeps the source's structure. `resolution` None keeps its shape.
    """

    prompt: str
    weight: int | None = None
    resolution: Resolution | None = None
    speed: Speed = Speed.DEFAULT
    copyright_check: bool = False


@dataclass(frozen=True, slots=True)
class RawOptions:
    """What the person typed, unchecked. `resolution` is free text: autocomplete does not bind Discord's clients.

    `speed` None: Ideogram's own default.
    """

    prompt: str
    weight: int | None = None
    resolution: str | None = None
    speed: str | None = None
    copyright_check: bool = False


def read_options(
    options: RawOptions, *, max_prompt_chars: int, offered: Collection[Resolution]
) -> RemixRequest | Refused:
    """The request, or the first thing that is wrong with it. The source's shape is checked by `check_shape`."""
    prompt = options.prompt.strip()
    resolution = parse_resolution(options.resolution) if options.resolution else None
    if not any(unicodedata.category(character)[0] in _VISIBLE for character in prompt):
        return Refused(Reason.PROMPT_EMPTY)
    if len(prompt) > max_prompt_chars:
        return Refused(Reason.PROMPT_TOO_LONG, limit=max_prompt_chars)
    if options.weight is not None and not MIN_WEIGHT <= options.weight <= MAX_WEIGHT:
        return Refused(Reason.WEIGHT_OUT_OF_RANGE)
    if options.resolution and resolution not in offered:
        return Refused(Reason.RESOLUTION_UNKNOWN)
    speed = options.speed or Speed.DEFAULT
    if speed not in set(Speed):
        return Refused(Reason.SPEED_UNKNOWN)
    return RemixRequest(prompt, options.weight, resolution, Speed(speed), options.copyright_check)


def check_shape(request: RemixRequest, source_width: int, source_height: int) -> Refused | None:
    """The API answers 400 to a weight together with a resolution of another shape than the source's."""
    if request.weight is None or request.resolution is None:
        return None
    if same_shape(source_width, source_height, request.resolution):
        return None
    return Refused(Reason.WEIGHT_WITH_OTHER_SHAPE)
