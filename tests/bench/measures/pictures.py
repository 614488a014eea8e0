"""Pictures of a size in bytes: noise cannot be compressed, and seeded noise is the same each time."""

from functools import cache
from io import BytesIO
from math import isqrt
from random import Random

from PIL import Image

MB = 1_000_000
_JPEG_BYTES_A_PIXEL = 1.9
"""Of noise at quality 90 without subsampling."""


def _noise(side: int) -> Image.Image:
    return Image.frombytes("RGB", (side, side), Random(side).randbytes(side * side * 3))  # noqa: S311 - noise, no secret


@cache
def noise_png(side: int) -> bytes:
    """About three bytes a pixel."""
    file = BytesIO()
    _noise(side).save(file, "PNG", compress_level=0)
    return file.getvalue()


def png_of(size: int) -> bytes:
    """About so many bytes."""
    return noise_png(isqrt(size // 3))


@cache
def jpeg_of(size: int) -> bytes:
    """About so many bytes, as a camera's picture has: to be decoded it needs three times as many."""
    side = isqrt(int(size / _JPEG_BYTES_A_PIXEL))
    file = BytesIO()
    _noise(side).save(file, "JPEG", quality=90, subsampling=0)
    return file.getvalue()
