"""Turns a member's picture into one that the API accepts: upright, without metadata, within the limits."""

from dataclasses import replace

from bot.images.animations import is_animated
from bot.images.cleaning.clean_jpeg import clean_jpeg
from bot.images.cleaning.clean_png import clean_png
from bot.images.cleaning.clean_webp import clean_webp, has_leftovers
from bot.images.cleaning.jpeg_scans import Scans, check
from bot.images.decode import decode
from bot.images.encode import encode
from bot.images.errors import TooManyPixelsError, UnreadablePictureError
from bot.images.files.tiff import is_camera_raw
from bot.images.formats import Cleaned, PictureFormat, is_raw_by_signature, sniff_format
from bot.images.header import Header, read_header
from bot.images.pictures import PreparedSource, SourceLimits
from bot.rules.refusals import Reason, Refused

__all__ = ["PreparedSource", "SourceLimits", "prepare_source"]

_CLEANERS = {PictureFormat.JPEG: clean_jpeg, PictureFormat.PNG: clean_png, PictureFormat.WEBP: clean_webp}


def prepare_source(data: bytes, limits: SourceLimits) -> PreparedSource | Refused:
    """No loss for an upright JPEG, PNG or WebP within the limits, in 0.1 to 0.3 s for 10 MB; up to 5 s for others."""
    header = _look(data, limits)
    if isinstance(header, Refused):
        return header
    try:
        return replace(_prepare(data, header, limits), was_animated=is_animated(data, header.format))
    except TooManyPixelsError:
        return Refused(Reason.PICTURE_TOO_MANY_PIXELS, limit=limits.max_pixels)
    except UnreadablePictureError:
        return Refused(Reason.PICTURE_UNREADABLE)


def _look(data: bytes, limits: SourceLimits) -> Header | Refused:
    """The checks that need only the header. Nothing is decoded yet, so a decompression bomb costs nothing."""
    if len(data) > limits.max_file_bytes:
        return Refused(Reason.PICTURE_TOO_LARGE, limit=limits.max_file_bytes)
    picture_format = sniff_format(data)
    if is_raw_by_signature(data) or (picture_format is PictureFormat.TIFF and is_camera_raw(data)):
        return Refused(Reason.PICTURE_CAMERA_RAW)
    if picture_format is None:
        return Refused(Reason.PICTURE_UNSUPPORTED)
    header = read_header(data)
    if header is None:
        return Refused(Reason.PICTURE_UNREADABLE)
    return _check_size(header, limits)


def _check_size(header: Header, limits: SourceLimits) -> Header | Refused:
    if header.width * header.height > limits.max_pixels:
        return Refused(Reason.PICTURE_TOO_MANY_PIXELS, limit=limits.max_pixels)
    if min(header.width, header.height) < limits.min_side:
        return Refused(Reason.PICTURE_TOO_SMALL, limit=limits.min_side)
    return header


def _prepare(data: bytes, header: Header, limits: SourceLimits) -> PreparedSource:
    cleaner = _CLEANERS.get(header.format)
    cleaned = cleaner(data) if cleaner else Cleaned(data, sendable=False)
    exact = _is_exact(cleaned, header.format) if cleaned.sendable else False
    if exact and _fits(cleaned, header, limits) and not _leaves_something(cleaned, header.format):
        return PreparedSource(cleaned.data, header.format, header.width, header.height)
    picture = decode(
        cleaned.data, header.format, header.orientation, max_pixels=limits.max_pixels, max_side=limits.max_side
    )
    encoded = encode(picture, header.format, limits.max_upload_bytes)
    return PreparedSource(encoded.data, encoded.format, encoded.width, encoded.height)


def _is_exact(cleaned: Cleaned, picture_format: PictureFormat) -> bool:
    """Asked of every JPEG: its decoder fills missing rows with grey and says nothing."""
    if picture_format is not PictureFormat.JPEG:
        return True
    scans = check(cleaned.data)
    if scans is Scans.INCOMPLETE:
        raise UnreadablePictureError("the JPEG lacks pixels")
    return scans is Scans.EXACT


def _leaves_something(cleaned: Cleaned, picture_format: PictureFormat) -> bool:
    """Asked only of a WebP that would be sent as it is, because it decodes it several times."""
    return picture_format is PictureFormat.WEBP and has_leftovers(cleaned.data)


def _fits(cleaned: Cleaned, header: Header, limits: SourceLimits) -> bool:
    # A long side alone is no reason to lose quality: Ideogram documents no limit of pixels, only of bytes.
    return header.orientation == 1 and len(cleaned.data) <= limits.max_upload_bytes
