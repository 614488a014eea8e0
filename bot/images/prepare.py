"""Turns a member's picture into one that the API accepts: upright, without metadata, within the limits."""

from dataclasses import dataclass, field

from bot.images.decode import decode
from bot.images.encode import encode
from bot.images.errors import TooManyPixelsError, UnreadablePictureError
from bot.images.formats import Cleaned, sniff_format
from bot.images.header import Header, PictureFormat, read_header
from bot.images.jpeg import clean_jpeg
from bot.images.png import clean_png
from bot.images.webp import clean_webp
from bot.rules.refusals import Reason, Refused

_CLEANERS = {PictureFormat.JPEG: clean_jpeg, PictureFormat.PNG: clean_png, PictureFormat.WEBP: clean_webp}


@dataclass(frozen=True, slots=True)
class SourceLimits:
    """Limits for the picture we accept (`max_file_bytes`, `max_pixels`) and for the one we send (the other two).

    `max_pixels` counts all pixels. `max_side` counts those of the longer side, and applies only to pictures that have
    to be encoded again. `max_upload_bytes` is at least `encode.MIN_BYTES`.
    """

    max_upload_bytes: int
    max_file_bytes: int
    max_pixels: int
    max_side: int


@dataclass(frozen=True, slots=True)
class PreparedSource:
    """The picture for the API: JPEG, PNG or WebP, with its colour profile and no other metadata."""

    data: bytes = field(repr=False)
    format: PictureFormat
    width: int
    height: int


def prepare_source(data: bytes, limits: SourceLimits) -> PreparedSource | Refused:
    """Milliseconds and no loss for an upright JPEG, PNG or WebP within the limits; up to 5 s of CPU for others."""
    header = _look(data, limits)
    if isinstance(header, Refused):
        return header
    try:
        return _prepare(data, header, limits)
    except TooManyPixelsError:
        return Refused(Reason.PICTURE_TOO_MANY_PIXELS, limit=limits.max_pixels)
    except UnreadablePictureError:
        return Refused(Reason.PICTURE_UNREADABLE)


def _look(data: bytes, limits: SourceLimits) -> Header | Refused:
    """The checks that need only the header. Nothing is decoded yet, so a decompression bomb costs nothing."""
    if len(data) > limits.max_file_bytes:
        return Refused(Reason.PICTURE_TOO_LARGE, limit=limits.max_file_bytes)
    if sniff_format(data) is None:
        return Refused(Reason.PICTURE_UNSUPPORTED)
    header = read_header(data)
    if header is None:
        return Refused(Reason.PICTURE_UNREADABLE)
    if header.width * header.height > limits.max_pixels:
        return Refused(Reason.PICTURE_TOO_MANY_PIXELS, limit=limits.max_pixels)
    return header


def _prepare(data: bytes, header: Header, limits: SourceLimits) -> PreparedSource:
    cleaner = _CLEANERS.get(header.format)
    cleaned = cleaner(data) if cleaner else Cleaned(data, sendable=False)
    if cleaned.sendable and _fits(cleaned, header, limits):
        return PreparedSource(cleaned.data, header.format, header.width, header.height)
    picture = decode(
        cleaned.data, header.format, header.orientation, max_pixels=limits.max_pixels, max_side=limits.max_side
    )
    encoded = encode(picture, header.format, limits.max_upload_bytes)
    return PreparedSource(encoded.data, encoded.format, encoded.width, encoded.height)


def _fits(cleaned: Cleaned, header: Header, limits: SourceLimits) -> bool:
    # A long side alone is no reason to lose quality: Ideogram documents no limit of pixels, only of bytes.
    return header.orientation == 1 and len(cleaned.data) <= limits.max_upload_bytes
