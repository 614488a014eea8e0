"""Makes a result fit an upload limit. What fits already is not touched."""

from dataclasses import dataclass, field

from bot.images.decode import decode
from bot.images.encode import encode_smaller
from bot.images.errors import UnreadablePictureError
from bot.images.header import PictureFormat, read_header

_MOST_PIXELS = 50_000_000
_LONGEST_SIDE = 16383


@dataclass(frozen=True, slots=True)
class FittedPicture:
    """`changed` is yes where the bytes are not those that came. Width and height in pixels, as displayed."""

    data: bytes = field(repr=False)
    format: PictureFormat
    width: int
    height: int
    changed: bool


def fit_to_size(data: bytes, max_bytes: int) -> FittedPicture:
    """The same picture in at most `max_bytes` (1024 at least): WebP 90, then lower, then scaled down in its shape.

    Raises UnreadablePictureError for what is no picture of a format we know, or cannot be decoded where it must be.
    """
    header = read_header(data)
    if header is None:
        raise UnreadablePictureError("no picture of a format we know")
    if len(data) <= max_bytes:
        return FittedPicture(data, header.format, header.width, header.height, changed=False)
    picture = decode(data, header.format, header.orientation, max_pixels=_MOST_PIXELS, max_side=_LONGEST_SIDE)
    encoded = encode_smaller(picture, max_bytes)
    return FittedPicture(encoded.data, encoded.format, encoded.width, encoded.height, changed=True)
