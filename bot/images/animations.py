"""Finds out whether a picture file is an animation, without decoding its frames."""

from bot.images.errors import UnreadablePictureError
from bot.images.formats import PictureFormat
from bot.images.pillow_files import open_picture, translate_errors

_WEBP_FLAGS = 20  # of the chunk VP8X, which comes first: https://developers.google.com/speed/webp/docs/riff_container
_WEBP_ANIMATION = 0x02


def is_animated(data: bytes, picture_format: PictureFormat) -> bool:
    """Whether there are frames after the first, of which nothing is sent."""
    match picture_format:
        case PictureFormat.PNG:
            # https://www.w3.org/TR/png-3/#acTL-chunk: before the first IDAT
            return b"acTL" in data[: max(0, data.find(b"IDAT"))]
        case PictureFormat.WEBP:
            flags = int.from_bytes(data[_WEBP_FLAGS : _WEBP_FLAGS + 1])
            return data[12:16] == b"VP8X" and bool(flags & _WEBP_ANIMATION)
        case PictureFormat.AVIF:
            return data[4:12] == b"ftypavis"
        case PictureFormat.GIF:
            return _has_second_frame(data)
    return False


def _has_second_frame(data: bytes) -> bool:
    try:
        with translate_errors():
            return bool(getattr(open_picture(data, PictureFormat.GIF), "is_animated", False))
    except UnreadablePictureError:
        return False
