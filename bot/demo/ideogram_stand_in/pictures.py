"""Draws a picture in place of a remix. Weight 100 looks like the source; a low one shows the prompt's colours."""

import colorsys
import re
from dataclasses import dataclass
from io import BytesIO
from math import sqrt
from random import Random
from typing import Final

from PIL import Image, ImageColor, ImageOps

from bot.rules.resolutions import Resolution

AUTOMATIC_WEIGHT: Final = 50
MAX_SEED: Final = 2**31 - 1
_PIXELS_2K = 2048 * 2048
_DRAWN_SIDE = 1024
_GRID = 7
_PATTERN_SHARE = 0.6

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that one image depends on. `size` is in pixels, and `weight` is 1 to 100 or None."""

    source: Image.Image
    prompt: str
    weight: int | None
    size: tuple[int, int]
    seed: int


def draw(drawing: Drawing) -> bytes:
    """PNG bytes. Call it in a thread: it takes about 0.1 s for 1024x1024.

    Larger ones are drawn at that size and enlarged, because drawing 2048x2048 takes 0.6 s.
    """
    random = Random(f"{drawing.prompt}|{drawing.seed}")  # noqa: S311 - repeatable colours, not secrets
    size = shrink(drawing.size, _DRAWN_SIDE)
    source = ImageOps.fit(drawing.source, size, Image.Resampling.BILINEAR)
    dark, middle, light = _palette(drawing.prompt, random)
    strength = 1 - (drawing.weight or AUTOMATIC_WEIGHT) / 100
    recoloured = ImageOps.colorize(ImageOps.autocontrast(source.convert("L")), dark, light, middle)
    pattern = ImageOps.colorize(_waves(size, random), dark, light, middle)
    styled = Image.blend(recoloured, pattern, _PATTERN_SHARE * strength)
    file = BytesIO()
    drawn = Image.blend(source, styled, strength)
    (drawn if size == drawing.size else drawn.resize(drawing.size, Image.Resampling.BILINEAR)).save(
        file, "PNG", compress_level=1
    )
    return file.getvalue()


def answered_size(source: Image.Image, resolution: Resolution | None) -> tuple[int, int]:
    """The size that the response names: the requested one, or the source's shape with as many pixels as 2K."""
    if resolution is not None:
        return resolution.width, resolution.height
    scale = sqrt(_PIXELS_2K / (source.width * source.height))
    return _to_sixteen(source.width * scale), _to_sixteen(source.height * scale)


def shrink(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    """`size` scaled down until its longer side is at most `long_side` pixels."""
    scale = min(1.0, long_side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _to_sixteen(pixels: float) -> int:
    return max(16, round(pixels / 16) * 16)


def _palette(prompt: str, random: Random) -> tuple[Colour, Colour, Colour]:
    """A dark, a middle and a light colour. The first colour that the prompt names becomes the middle one."""
    named = [word for word in re.findall(r"[a-z]+", prompt.lower()) if word in ImageColor.colormap]
    hue = random.random()
    middle = ImageColor.getrgb(named[0])[:3] if named else _colour(hue, 0.75, 0.8)
    return _colour(hue + 0.6, 0.8, 0.2), (middle[0], middle[1], middle[2]), _colour(hue + 0.12, 0.35, 1.0)


def _colour(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _waves(size: tuple[int, int], random: Random) -> Image.Image:
    """Soft contour lines: a small grid of random heights, scaled up smoothly and cut into bands."""
    heights = Image.frombytes("L", (_GRID, _GRID), random.randbytes(_GRID * _GRID))
    smooth = heights.resize(size, Image.Resampling.BICUBIC)
    return smooth.point([abs(level * 5 % 510 - 255) for level in range(256)])
