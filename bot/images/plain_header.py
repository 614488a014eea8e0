"""Reads the displayed size of JPEG, PNG and WebP files in plain Python, so that the bot's own process can."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.images.formats import PictureFormat, StoredSize, sniff_format
from bot.images.jpeg import measure_jpeg
from bot.images.png import measure_png
from bot.images.webp import measure_webp

_FIRST_TURNED = 5  # EXIF orientations 5 to 8 swap width and height


@dataclass(frozen=True, slots=True)
class Header:
    """Width and height are in pixels as displayed, after the EXIF orientation (1 to 8) is applied."""

    format: PictureFormat
    width: int
    height: int
    orientation: int


PLAIN_MEASURES: dict[PictureFormat, Callable[[bytes], StoredSize | None]] = {
    PictureFormat.JPEG: measure_jpeg,
    PictureFormat.PNG: measure_png,
    PictureFormat.WEBP: measure_webp,
}


def read_plain_header(data: bytes) -> Header | None:
    """None if it is not a JPEG, PNG or WebP with a valid header."""
    picture_format = sniff_format(data)
    measure = PLAIN_MEASURES.get(picture_format) if picture_format else None
    return header_of(picture_format, measure(data)) if picture_format and measure else None


def header_of(picture_format: PictureFormat, size: StoredSize | None) -> Header | None:
    if size is None:
        return None
    turned = size.orientation >= _FIRST_TURNED
    width, height = (size.height, size.width) if turned else (size.width, size.height)
    return Header(picture_format, width, height, size.orientation)
