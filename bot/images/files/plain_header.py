"""Reads the displayed size of a picture in plain Python, so that the bot's own process can."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.images.files.jpeg import measure_jpeg
from bot.images.files.png import measure_png
from bot.images.files.webp import measure_webp
from bot.images.formats import PictureFormat, StoredSize, sniff_format

_ITEM_SIZES = re.compile(rb"ispe")
_INDEX_BYTES = 65_536
_FIRST_TURNED = 5  # EXIF orientations 5 to 8 swap width and height


@dataclass(frozen=True, slots=True)
class Header:
    """Width and height are in pixels as displayed, after the EXIF orientation (1 to 8) is applied."""

    format: PictureFormat
    width: int
    height: int
    orientation: int


def _measure_gif(data: bytes) -> StoredSize | None:
    width, height = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    return StoredSize(width, height) if width and height else None


def _measure_bmp(data: bytes) -> StoredSize | None:
    """The oldest header has two-byte sizes. In the others a negative height means that rows are stored from the top."""
    if int.from_bytes(data[14:18], "little") == 12:  # noqa: PLR2004 - BITMAPCOREHEADER
        width, height = int.from_bytes(data[18:20], "little"), int.from_bytes(data[20:22], "little")
    else:
        width = int.from_bytes(data[18:22], "little", signed=True)
        height = abs(int.from_bytes(data[22:26], "little", signed=True))
    return StoredSize(width, height) if width > 0 and height > 0 else None


PLAIN_MEASURES: dict[PictureFormat, Callable[[bytes], StoredSize | None]] = {
    PictureFormat.JPEG: measure_jpeg,
    PictureFormat.PNG: measure_png,
    PictureFormat.WEBP: measure_webp,
    PictureFormat.GIF: _measure_gif,
    PictureFormat.BMP: _measure_bmp,
}


def read_plain_header(data: bytes) -> Header | None:
    """None if it is not a JPEG, PNG, WebP, GIF or BMP with a valid header."""
    picture_format = sniff_format(data)
    measure = PLAIN_MEASURES.get(picture_format) if picture_format else None
    return header_of(picture_format, measure(data)) if picture_format and measure else None


def header_of(picture_format: PictureFormat, size: StoredSize | None) -> Header | None:
    if size is None:
        return None
    turned = size.orientation >= _FIRST_TURNED
    width, height = (size.height, size.width) if turned else (size.width, size.height)
    return Header(picture_format, width, height, size.orientation)


def guess_pixels(data: bytes) -> int | None:
    """What decoding will cost, before anything is checked; None if the header does not say it in few steps.

    AVIF and HEIC tell each item's size in a box `ispe` (ISO/IEC 23008-12, 6.5.3).
    """
    picture_format = sniff_format(data)
    if picture_format in {PictureFormat.AVIF, PictureFormat.HEIC}:
        sizes = [data[found.end() : found.end() + 12] for found in _ITEM_SIZES.finditer(data, 0, _INDEX_BYTES)]
        return max(
            (int.from_bytes(size[4:8], "big") * int.from_bytes(size[8:12], "big") for size in sizes), default=None
        )
    header = read_plain_header(data)
    return header.width * header.height if header else None
