"""Encodes decoded pictures within a size limit, at the best quality that fits."""

from dataclasses import dataclass, field
from io import BytesIO
from math import sqrt

from bot.images.decode import DecodedPicture, resize
from bot.images.formats import PictureFormat

MIN_BYTES = 1024
"""The smallest limit that `encode_smaller` can always meet."""

_LOSSLESS = frozenset({PictureFormat.PNG, PictureFormat.GIF, PictureFormat.BMP, PictureFormat.TIFF})
# Pillow advises against more than 95: larger files with hardly any gain in quality. WebP halves the chroma, so JPEG
# comes first; from 95 to 80 a file loses about half of its size.
_JPEG_QUALITIES = (95, 90, 80)
_JPEG_GAIN = 2.5
# PNG takes 2.5 s for 2048x2048, so it is not tried where it would have to shrink the raw pixels more than four times.
_PNG_GAIN = 4
_WEBP_QUALITIES = (90, 80, 65, 50)
_WEBP_GAIN = 4  # a file that is larger than this at quality 90 will hardly fit at 50, so scale it down at once
_SCALED_QUALITY = 80
_LONGEST_WEBP_SIDE = 16383  # WebP stores sizes in 14 bits: https://developers.google.com/speed/webp/faq
_MARGIN = 0.95
_PROFILE_SHARE = 8  # a profile larger than an eighth of the limit is dropped; some have 400 kB


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture file whose only metadata is its colour profile. Width and height are in pixels."""

    data: bytes = field(repr=False)
    format: PictureFormat
    width: int
    height: int


def encode(picture: DecodedPicture, origin: PictureFormat, max_bytes: int) -> Encoded:
    """PNG if the origin is lossless or has alpha, else JPEG 95. If it exceeds `max_bytes`, the best that fits."""
    if picture.image.mode == "RGBA" or origin in _LOSSLESS:
        first = _write(picture, PictureFormat.PNG) if _may_fit_as_png(picture, origin, max_bytes) else None
        if first and len(first.data) <= max_bytes:
            return first
    if picture.image.mode != "RGBA":
        subsampling = 0 if picture.full_colour else 2  # 4:4:4 or 4:2:0, as in the source
        for quality in _JPEG_QUALITIES:
            encoded = _write(picture, PictureFormat.JPEG, quality=quality, subsampling=subsampling)
            if len(encoded.data) <= max_bytes:
                return encoded
            if len(encoded.data) > _JPEG_GAIN * max_bytes:
                break
    return encode_smaller(picture, max_bytes)


def _may_fit_as_png(picture: DecodedPicture, origin: PictureFormat, max_bytes: int) -> bool:
    """A PNG that was too large will not be smaller the second time, unless it was scaled down."""
    raw_bytes = picture.image.width * picture.image.height * len(picture.image.getbands())
    return raw_bytes <= _PNG_GAIN * max_bytes and (picture.scaled or origin is not PictureFormat.PNG)


def encode_smaller(picture: DecodedPicture, max_bytes: int) -> Encoded:
    """WebP at the highest quality that fits, or else scaled down until it fits. `max_bytes` is at least MIN_BYTES."""
    if max_bytes < MIN_BYTES:
        raise ValueError(f"max_bytes must be at least {MIN_BYTES}, not {max_bytes}")
    ready = _prepare_for_webp(picture, max_bytes)
    for quality in _WEBP_QUALITIES:
        encoded = _write(ready, PictureFormat.WEBP, quality=quality)
        if len(encoded.data) <= max_bytes:
            return encoded
        if len(encoded.data) > _WEBP_GAIN * max_bytes:
            break
    return _scale_until_it_fits(ready, len(encoded.data), max_bytes)


def _prepare_for_webp(picture: DecodedPicture, max_bytes: int) -> DecodedPicture:
    """Makes the picture fit WebP, which has no grey mode and limits its sides, and drops too large a profile."""
    image = picture.image
    if max(image.size) > _LONGEST_WEBP_SIDE:
        image = resize(image, _LONGEST_WEBP_SIDE / max(image.size))
    profile = picture.icc_profile if image.mode != "L" else None
    if profile and len(profile) > max_bytes // _PROFILE_SHARE:
        profile = None
    return DecodedPicture(image.convert("RGB") if image.mode == "L" else image, profile, picture.full_colour)


def _scale_until_it_fits(picture: DecodedPicture, last_bytes: int, max_bytes: int) -> Encoded:
    """Scales down until it fits, each time from the original pixels so that the loss does not add up.

    The size of a file grows with its area, hence the square root.
    """
    scale = 1.0
    while True:
        scale *= min(1.0, sqrt(max_bytes / last_bytes)) * _MARGIN
        smaller = DecodedPicture(resize(picture.image, scale), picture.icc_profile, picture.full_colour)
        encoded = _write(smaller, PictureFormat.WEBP, quality=_SCALED_QUALITY)
        if len(encoded.data) <= max_bytes:
            return encoded
        last_bytes = len(encoded.data)


def _write(picture: DecodedPicture, picture_format: PictureFormat, **options: int) -> Encoded:
    buffer = BytesIO()
    picture.image.save(buffer, picture_format.name, icc_profile=picture.icc_profile, **options)
    return Encoded(buffer.getvalue(), picture_format, picture.image.width, picture.image.height)
