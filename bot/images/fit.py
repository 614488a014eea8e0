"""Makes a result fit an upload limit. A result that already fits is not changed."""

from bot.images.decode import decode
from bot.images.encode import encode_smaller
from bot.images.errors import UnreadablePictureError
from bot.images.header import read_header
from bot.images.pictures import FittedPicture

MAX_PIXELS = 50_000_000  # about twelve times the largest resolution of Ideogram 4.0
_MAX_SIDE = 16383  # the longest side that WebP can have


def fit_to_size(data: bytes, max_bytes: int) -> FittedPicture:
    """The picture in at most `max_bytes` (which is at least 1024): as WebP 90, then lower, then scaled down.

    Encoding a 2048x2048 result as WebP takes 0.3 to 0.6 s. Raises UnreadablePictureError if the format is unknown,
    or if the picture has to be decoded and cannot be.
    """
    header = read_header(data)
    if header is None:
        raise UnreadablePictureError("not a picture in a known format")
    if len(data) <= max_bytes:
        return FittedPicture(data, header.format, header.width, header.height, changed=False)
    picture = decode(data, header.format, header.orientation, max_pixels=MAX_PIXELS, max_side=_MAX_SIDE)
    encoded = encode_smaller(picture, max_bytes)
    return FittedPicture(encoded.data, encoded.format, encoded.width, encoded.height, changed=True)
