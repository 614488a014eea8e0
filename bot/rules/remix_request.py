"""Validates what a member asks for before anything is queued or paid."""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from bot.rules.prices import Speed
from bot.rules.refusals import Reason, Refused
from bot.rules.resolutions import Resolution, parse_resolution, same_shape

_VISIBLE = frozenset("LNPS")
"""The first letters of the Unicode categories for letters, numbers, punctuation and symbols.

A prompt needs one of these. `str.strip` alone would accept invisible characters such as U+200B.
"""

MIN_WEIGHT = 1
MAX_WEIGHT = 100


@dataclass(frozen=True, slots=True)
class RemixRequest:
    """The options of one call to the remix API, without the source picture.

    `weight` is 1 to 100, and a high one keeps the source's structure; None lets Ideogram choose. `resolution` None
    keeps the source's shape.
    """

    prompt: str
    weight: int | None = None
    resolution: Resolution | None = None
    speed: Speed = Speed.DEFAULT
    copyright_check: bool = False


@dataclass(frozen=True, slots=True)
class RawOptions:
    """What the member typed, unchecked. `speed` None means Ideogram's default.

    `resolution` is free text, because Discord lets people ignore autocomplete:
    https://discord.com/developers/docs/interactions/application-commands#autocomplete
    """

    prompt: str
    weight: int | None = None
    resolution: str | None = None
    speed: str | None = None
    copyright_check: bool = False


def read_options(
    options: RawOptions, *, max_prompt_chars: int, offered: Collection[Resolution]
) -> RemixRequest | Refused:
    """The request, or the first problem in it. `check_shape` does the checks that need the source picture."""
    # Discord checks these options too, but only against the commands as they were last synced.
    prompt = options.prompt.strip()
    resolution = parse_resolution(options.resolution) if options.resolution else None
    if not any(unicodedata.category(character)[0] in _VISIBLE for character in prompt):
        return Refused(Reason.PROMPT_EMPTY)
    if len(prompt) > max_prompt_chars:
        return Refused(Reason.PROMPT_TOO_LONG, limit=max_prompt_chars)
    if refused := _check_range("weight", options.weight, MIN_WEIGHT, MAX_WEIGHT):
        return refused
    if options.resolution and resolution not in offered:
        return Refused(Reason.RESOLUTION_UNKNOWN)
    speed = options.speed or Speed.DEFAULT
    if speed not in set(Speed):
        return Refused(Reason.SPEED_UNKNOWN)
    return RemixRequest(prompt, options.weight, resolution, Speed(speed), options.copyright_check)


def _check_range(option: str, value: int | None, least: int, most: int) -> Refused | None:
    if value is None or least <= value <= most:
        return None
    return Refused(Reason.OPTION_OUT_OF_RANGE, option=option, least=least, limit=most)


def check_shape(request: RemixRequest, source_width: int, source_height: int) -> Refused | None:
    """Refuses a weight with a resolution of another aspect ratio than the source's: the API answers 400 to it."""
    if request.weight is None or request.resolution is None:
        return None
    if same_shape(source_width, source_height, request.resolution):
        return None
    return Refused(Reason.WEIGHT_WITH_OTHER_SHAPE)
