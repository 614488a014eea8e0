"""Opens files with Pillow's decoders, each by name and only for bytes that were sniffed as its format.

`Image.open` is not used: it may hand the bytes to any decoder, and it only warns of pictures with too many pixels. Who
decodes compares the size first, exactly and without warning filters, which threads share.
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
_COMPLAINTS = (
    ArithmeticError,
    EOFError,
    LookupError,
    MemoryError,  # a hostile size; real pictures within the pixel limit find room or the process has none for anybody
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    Warning,  # where warnings are errors (`python -W error`, our tests), a decoder's complaint comes as one
    struct.error,
    zlib.error,
)
"""What decoders raise for broken bytes: seen while mutating files, or caught by Pillow itself where it opens them."""


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turns the many ways in which decoders complain of broken bytes into ours."""
    try:
        yield
    except Image.DecompressionBombError as error:
        raise TooManyPixelsError(str(error)) from None
    except _COMPLAINTS as error:
        raise UnreadablePictureError(type(error).__name__) from None


def open_picture(data: bytes, picture_format: PictureFormat) -> ImageFile:
    """The file, opened and not yet decoded. Raises UnreadablePictureError."""
    with translate_errors():
        return _FILES[picture_format](BytesIO(data))
