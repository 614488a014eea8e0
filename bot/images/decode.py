"""Pixels of a file in one of three modes (grey, colour, colour with alpha), upright and not larger than asked."""

from dataclasses import dataclass, field
from io import BytesIO
from typing import cast

from PIL import Image, ImageCms
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile, get_sampling

from bot.images.errors import TooManyPixelsError
from bot.images.formats import PictureFormat
from bot.images.pillow_files import open_picture, translate_errors

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_TURNED_BY_DECODER = frozenset({PictureFormat.TIFF, PictureFormat.HEIC})
_COLOUR_SPACES = {"L": b"GRAY", "RGB": b"RGB ", "RGBA": b"RGB "}
_REDUCING_GAP = 3.0  # Pillow's advice where scaling down must be quick and cannot be told from the slow way


@dataclass(frozen=True, slots=True)
class DecodedPicture:
    """Decoded pixels in mode L, RGB or RGBA, and their ICC profile if it fits the mode.

    `full_colour` says that a JPEG of it should keep the colours of each pixel (4:4:4) as its source did.
    """

    image: Image.Image = field(repr=False)
    icc_profile: bytes | None = field(repr=False)
    full_colour: bool


def decode(
    data: bytes, picture_format: PictureFormat, orientation: int, *, max_pixels: int, max_side: int
) -> DecodedPicture:
    """The first frame, upright, its longer side at most `max_side` pixels.

    Raises UnreadablePictureError, and TooManyPixelsError before anything is decoded.
    """
    file = open_picture(data, picture_format)
    if file.width * file.height > max_pixels:
        raise TooManyPixelsError(f"{file.width} x {file.height}")
    with translate_errors():
        full_colour = get_sampling(file) in {0, 1}
        if isinstance(file, JpegImageFile):
            file.draft(None, (max_side, max_side))
        file.load()
        upright = _shrink(_simplify(file), max_side)
        if orientation in _TURNS and picture_format not in _TURNED_BY_DECODER:
            upright = upright.transpose(_TURNS[orientation])
        upright.info.clear()  # or the encoders would write comments and profiles from it by themselves
        return DecodedPicture(upright, _fitting_profile(file, upright), full_colour)


def _shrink(image: Image.Image, max_side: int) -> Image.Image:
    scale = max_side / max(image.size)
    if scale >= 1:
        return image
    return resize(image, scale)


def resize(image: Image.Image, scale: float) -> Image.Image:
    """The same shape, at least one pixel a side."""
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=_REDUCING_GAP)


def _simplify(file: ImageFile) -> Image.Image:
    """One of the modes L, RGB and RGBA, whatever the file's. An alpha that hides nothing is dropped."""
    if file.has_transparency_data:
        image = file.convert("RGBA")
        return image.convert("RGB") if image.getchannel("A").getextrema() == (255, 255) else image
    if file.mode in {"L", "1"}:
        return file.convert("L")
    if file.mode.startswith("I;16"):
        return file.convert("I").point(lambda value: value / 257).convert("L")
    if file.mode in {"I", "F"}:
        return _stretch(file)
    return _convert_by_profile(file) if file.mode in {"CMYK", "LAB"} else file.convert("RGB")


def _stretch(file: ImageFile) -> Image.Image:
    """Measurements rather than shades: the lowest becomes black and the highest white."""
    measured = file.convert("F")
    low, high = cast("tuple[float, float]", measured.getextrema())
    scale = 255 / (high - low) if high > low else 0.0
    return measured.point(lambda value: value * scale - low * scale).convert("L")


def _convert_by_profile(file: ImageFile) -> Image.Image:
    """To sRGB. Without a sound profile by arithmetic, which is what viewers show then."""
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(file.info.get("icc_profile") or b""))
        converted = ImageCms.profileToProfile(file, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        converted = None
    return converted or file.convert("RGB")


def _fitting_profile(file: ImageFile, image: Image.Image) -> bytes | None:
    """The colour space that a profile is for stands in its bytes 16 to 19 (ICC.1, 7.2)."""
    profile = file.info.get("icc_profile")
    if not isinstance(profile, bytes) or profile[16:20] != _COLOUR_SPACES[image.mode]:
        return None
    return profile
