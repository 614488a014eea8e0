"""Writes decoded pictures: as they came if that fits, else the best that does."""

from dataclasses import dataclass, field
from io import BytesIO
from math import sqrt

from bot.images.decode import DecodedPicture, resize
from bot.images.formats import PictureFormat

MIN_BYTES = 1024
"""No limit below this can be met for certain."""

_LOSSLESS = frozenset({PictureFormat.PNG, PictureFormat.GIF, PictureFormat.BMP, PictureFormat.TIFF})
_JPEG_QUALITY = 95
_PNG_GAIN = 4  # what PNG may save of the raw size; beyond that its seconds of work are not begun
_WEBP_QUALITIES = (90, 80, 65, 50)
_WEBP_GAIN = 4  # what going from the first of these qualities to the last may save
_SCALED_QUALITY = 80
_LONGEST_WEBP_SIDE = 16383
_MARGIN = 0.95
_PROFILE_SHARE = 8  # a colour profile may be this part of the whole; there are some of 400 kB


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture file without metadata, its colour profile aside. Width and height in pixels."""

    data: bytes = field(repr=False)
    format: PictureFormat
    width: int
    height: int


def encode(picture: DecodedPicture, origin: PictureFormat, max_bytes: int) -> Encoded:
    """PNG where the origin is lossless or there is alpha, else JPEG 95; if over `max_bytes`, the best that fits."""
    if picture.image.mode == "RGBA" or origin in _LOSSLESS:
        raw_bytes = picture.image.width * picture.image.height * len(picture.image.getbands())
        first = _write_png(picture) if raw_bytes <= _PNG_GAIN * max_bytes else None
    else:
        first = _write_jpeg(picture)
    return first if first and len(first.data) <= max_bytes else encode_smaller(picture, max_bytes)


def encode_smaller(picture: DecodedPicture, max_bytes: int) -> Encoded:
    """WebP of the highest quality that fits, else scaled down until it does. `max_bytes` is at least MIN_BYTES."""
    if max_bytes < MIN_BYTES:
        raise ValueError(f"{max_bytes} bytes hold no picture for certain; {MIN_BYTES} do")
    ready = _prepare_for_webp(picture, max_bytes)
    for quality in _WEBP_QUALITIES:
        encoded = _write_webp(ready, quality)
        if len(encoded.data) <= max_bytes:
            return encoded
        if len(encoded.data) > _WEBP_GAIN * max_bytes:
            break
    return _scale_until_it_fits(ready, len(encoded.data), max_bytes)


def _prepare_for_webp(picture: DecodedPicture, max_bytes: int) -> DecodedPicture:
    """WebP has neither grey nor long sides, and the profile must leave room for the picture."""
    image = picture.image
    if max(image.size) > _LONGEST_WEBP_SIDE:
        image = resize(image, _LONGEST_WEBP_SIDE / max(image.size))
    profile = picture.icc_profile if image.mode != "L" else None
    if profile and len(profile) > max_bytes // _PROFILE_SHARE:
        profile = None
    return DecodedPicture(image.convert("RGB") if image.mode == "L" else image, profile, picture.full_colour)


def _scale_until_it_fits(picture: DecodedPicture, last_bytes: int, max_bytes: int) -> Encoded:
    """Each step starts from the original pixels and is smaller by what was missing last time, and a little more."""
    scale = 1.0
    while True:
        scale *= min(1.0, sqrt(max_bytes / last_bytes)) * _MARGIN
        smaller = DecodedPicture(resize(picture.image, scale), picture.icc_profile, picture.full_colour)
        encoded = _write_webp(smaller, _SCALED_QUALITY)
        if len(encoded.data) <= max_bytes:
            return encoded
        last_bytes = len(encoded.data)


def _write_png(picture: DecodedPicture) -> Encoded:
    return _write(picture, PictureFormat.PNG)


def _write_jpeg(picture: DecodedPicture) -> Encoded:
    return _write(picture, PictureFormat.JPEG, quality=_JPEG_QUALITY, subsampling=0 if picture.full_colour else 2)


def _write_webp(picture: DecodedPicture, quality: int) -> Encoded:
    return _write(picture, PictureFormat.WEBP, quality=quality)


def _write(picture: DecodedPicture, picture_format: PictureFormat, **options: int) -> Encoded:
    buffer = BytesIO()
    picture.image.save(buffer, picture_format.name, icc_profile=picture.icc_profile, **options)
    return Encoded(buffer.getvalue(), picture_format, picture.image.width, picture.image.height)
