"""Opens a file with the one Pillow decoder for its sniffed format.

`Image.open` tries every installed decoder, and up to twice its pixel limit it only warns. Turning that warning into an
error needs warning filters, which all threads share. So `decode` compares the size itself.

Source: https://pillow.readthedocs.io/en/stable/reference/Image.html#PIL.Image.open
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO

from PIL import Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile
from pillow_heif import HeifImageFile

from bot.images.errors import TooManyPixelsError, UnreadablePictureError
from bot.images.formats import PictureFormat

_FILES: dict[PictureFormat, Callable[[BytesIO], ImageFile]] = {
    PictureFormat.JPEG: JpegImageFile,
    PictureFormat.PNG: PngImageFile,
    PictureFormat.WEBP: WebPImageFile,
    PictureFormat.GIF: GifImageFile,
    PictureFormat.BMP: BmpImageFile,
    PictureFormat.TIFF: TiffImageFile,
    PictureFormat.AVIF: AvifImageFile,
    PictureFormat.HEIC: HeifImageFile,
}
_DECODER_ERRORS = (
    ArithmeticError,
    EOFError,
    LookupError,
    MemoryError,  # a hostile size; a real picture within the pixel limit has enough memory
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    Warning,  # raised if warnings are errors, as with `python -W error` and in our tests
    struct.error,
    zlib.error,
)
"""What decoders raise for broken files: seen in tests with mutated files, or caught by Pillow's own `Image.open`."""


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turns the exceptions of decoders into UnreadablePictureError or TooManyPixelsError."""
    try:
        yield
    except Image.DecompressionBombError as error:
        raise TooManyPixelsError(str(error)) from None
    except _DECODER_ERRORS as error:
        raise UnreadablePictureError(type(error).__name__) from None


def open_picture(data: bytes, picture_format: PictureFormat) -> ImageFile:
    """The file, opened but not decoded. Raises UnreadablePictureError."""
    with translate_errors():
        return _FILES[picture_format](BytesIO(data))
