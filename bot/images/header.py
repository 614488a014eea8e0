"""Reads a picture's format and displayed size from its header, without decoding any pixel."""

from collections.abc import Callable

from bot.images.errors import UnreadablePictureError
from bot.images.files.exif import read_orientation
from bot.images.files.plain_header import PLAIN_MEASURES, Header, header_of
from bot.images.files.tiff import measure_tiff
from bot.images.formats import PictureFormat, StoredSize, sniff_format
from bot.images.pillow_files import open_picture

__all__ = ["Header", "PictureFormat", "read_header"]


def read_header(data: bytes) -> Header | None:
    """None if it is not a picture in a format we know, or its header is invalid."""
    picture_format = sniff_format(data)
    return header_of(picture_format, _MEASURES[picture_format](data)) if picture_format else None


def _measure_by_decoder(picture_format: PictureFormat) -> Callable[[bytes], StoredSize | None]:
    """Lets the decoder open the file, which reads the index of its boxes but no pixels."""

    def measure(data: bytes) -> StoredSize | None:
        try:
            picture = open_picture(data, picture_format)
        except UnreadablePictureError:
            return None
        exif = picture.info.get("exif") if picture_format is PictureFormat.AVIF else None
        return StoredSize(picture.width, picture.height, read_orientation(exif or b""))

    return measure


_MEASURES: dict[PictureFormat, Callable[[bytes], StoredSize | None]] = {
    **PLAIN_MEASURES,
    PictureFormat.TIFF: measure_tiff,
    PictureFormat.AVIF: _measure_by_decoder(PictureFormat.AVIF),
    PictureFormat.HEIC: _measure_by_decoder(PictureFormat.HEIC),  # pillow-heif applies the orientation itself
}
