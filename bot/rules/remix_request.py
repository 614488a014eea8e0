"""Validates what a member asks for before anything is queued or paid."""

from collections.abc import Collection
from dataclasses import dataclass

from bot.rules.failures import FailureKind
from bot.rules.prices import Speed
from bot.rules.refusals import Reason, Refused
from bot.rules.resolutions import Resolution, parse_resolution, same_shape
from bot.rules.visible_text import can_be_seen

LARGE_PICTURE_BYTES = 10_000_000
"""The smallest limit that Ideogram has published for a source (June 2026). The later ones are 25 and 50 MB."""

MIN_WEIGHT = 1
MAX_WEIGHT = 100
_ENDS_A_SENTENCE = (".", "!", "?", "…", "。")


@dataclass(frozen=True, slots=True)
class RemixRequest:
    """The options of one call to the remix API, without the source picture.

    `weight` is 1 to 100, and a high one keeps the source's structure; None lets Ideogram choose. `resolution` None
    keeps the source's shape. `images`: how many to make in that call, which only the v2 API can.

    `style_name`: the style that was asked for. Its ending is known once the remix is accepted, and is kept with it, so
    that changing the style later changes no earlier remix.
    """

    prompt: str
    weight: int | None = None
    resolution: Resolution | None = None
    speed: Speed = Speed.DEFAULT
    copyright_check: bool = False
    images: int = 1
    style_name: str | None = None
    style_ending: str | None = None

    @property
    def sent_prompt(self) -> str:
        """What Ideogram gets: the member's prompt, and the ending of the style."""
        if not self.style_ending:
            return self.prompt
        prompt = self.prompt.rstrip(" ,;\n")
        return f"{prompt}{' ' if prompt.endswith(_ENDS_A_SENTENCE) else ', '}{self.style_ending}"


def likely_mistake(request: RemixRequest, picture_bytes: int) -> FailureKind:
    """What was probably wrong with a request that Ideogram answered 400, which never says what.

    Ideogram refuses a weight with a resolution of another shape, by a tolerance that it does not document, and may
    refuse a large picture the same way: its reference names 413 for other endpoints only.
    """
    if request.weight is not None and request.resolution is not None:
        return FailureKind.WEIGHT_WITH_RESOLUTION
    is_large = picture_bytes > LARGE_PICTURE_BYTES
    return FailureKind.PICTURE_TOO_LARGE_PERHAPS if is_large else FailureKind.REQUEST_REJECTED


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
    style: str | None = None
    count: int = 1
    ladder: bool = False


def read_options(
    options: RawOptions, *, max_prompt_chars: int, offered: Collection[Resolution], most_images: int = 1
) -> RemixRequest | Refused:
    """The request, or the first problem in it. `check_shape` does the checks that need the source picture.

    `most_images`: how many one call can make.
    """
    # Discord checks these options too, but only against the commands as they were last synced.
    prompt = options.prompt.strip()
    resolution = parse_resolution(options.resolution) if options.resolution else None
    if not can_be_seen(prompt):
        return Refused(Reason.PROMPT_EMPTY)
    if len(prompt) > max_prompt_chars:
        return Refused(Reason.PROMPT_TOO_LONG, limit=max_prompt_chars)
    if refused := _check_numbers(options, most_images):
        return refused
    if options.resolution and resolution not in offered:
        return Refused(Reason.RESOLUTION_UNKNOWN)
    speed = options.speed or Speed.DEFAULT
    if speed not in set(Speed):
        return Refused(Reason.SPEED_UNKNOWN)
    return RemixRequest(
        prompt,
        options.weight,
        resolution,
        Speed(speed),
        options.copyright_check,
        options.count,
        style_name=options.style,
    )


def _check_numbers(options: RawOptions, most_images: int) -> Refused | None:
    if options.ladder and options.weight is not None:
        return Refused(Reason.LADDER_WITH_WEIGHT)
    if options.ladder and options.count > 1:
        return Refused(Reason.LADDER_WITH_COUNT)
    weight = _check_range("weight", options.weight, MIN_WEIGHT, MAX_WEIGHT)
    return weight or _check_range("count", options.count, 1, most_images)


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
