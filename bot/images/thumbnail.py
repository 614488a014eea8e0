"""Makes a small copy of a stored picture."""

from io import BytesIO

from bot.images.decode import decode
from bot.images.errors import UnreadablePictureError
from bot.images.fit import MAX_PIXELS
from bot.images.header import read_header

THUMBNAIL_SIDE = 256
"""Pixels. Discord shows a thumbnail at 85 on a desktop, and some phones have three pixels for one."""
_QUALITY = 75


def make_thumbnail(data: bytes) -> bytes:
    """A WebP of about 10 kB. Raises UnreadablePictureError."""
    header = read_header(data)
    if header is None:
        raise UnreadablePictureError("not a picture in a known format")
    picture = decode(data, header.format, header.orientation, max_pixels=MAX_PIXELS, max_side=THUMBNAIL_SIDE)
    image = picture.image.convert("RGB") if picture.image.mode == "L" else picture.image
    buffer = BytesIO()
    image.save(buffer, "WEBP", quality=_QUALITY)
    return buffer.getvalue()
