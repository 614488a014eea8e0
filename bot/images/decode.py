"""Decodes a picture file into upright grey, RGB or RGBA pixels of a limited size."""

from dataclasses import dataclass, field
from io import BytesIO
from typing import cast

from PIL import Image, ImageCms
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile, get_sampling

from bot.images.errors import TooManyPixelsError
from bot.images.formats import PictureFormat
from bot.images.pillow_files import open_picture, translate_errors

# By EXIF orientation (CIPA DC-008, tag 0x0112). Image.Transpose turns counter-clockwise.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# For these formats Pillow and pillow-heif apply the orientation while loading; applying it again would turn them twice.
_TURNED_BY_DECODER = frozenset({PictureFormat.TIFF, PictureFormat.HEIC})
_COLOUR_SPACES = {"L": b"GRAY", "RGB": b"RGB ", "RGBA": b"RGB "}
# With a gap of 3.0 the result looks like that of the slow way, says Pillow:
# https://pillow.readthedocs.io/en/stable/reference/Image.html#PIL.Image.Image.resize
_REDUCING_GAP = 3.0


@dataclass(frozen=True, slots=True)
class DecodedPicture:
    """Pixels in mode L, RGB or RGBA, and their ICC profile if it fits the mode.

    `full_colour`: the source had no chroma subsampling (4:4:4), so a JPEG made of it should have none either.
    """

    image: Image.Image = field(repr=False)
    icc_profile: bytes | None = field(repr=False)
    full_colour: bool


def decode(
    data: bytes, picture_format: PictureFormat, orientation: int, *, max_pixels: int, max_side: int
) -> DecodedPicture:
    """The first frame, upright, with its longer side at most `max_side` pixels.

    Raises UnreadablePictureError, and TooManyPixelsError before it decodes anything.
    """
    file = open_picture(data, picture_format)
    # Pillow itself only warns above its limit and refuses at twice that: far too late for a decompression bomb.
    if file.width * file.height > max_pixels:
        raise TooManyPixelsError(f"{file.width} x {file.height}")
    with translate_errors():
        full_colour = get_sampling(file) in {0, 1}
        if isinstance(file, JpegImageFile):
            # libjpeg scales by 1/2, 1/4 or 1/8 while it decodes, which saves most of the time and memory.
            file.draft(None, (max_side, max_side))
        file.load()
        upright = _shrink(_simplify(file), max_side)
        if orientation in _TURNS and picture_format not in _TURNED_BY_DECODER:
            upright = upright.transpose(_TURNS[orientation])
        upright.info.clear()  # Pillow's encoders copy comments and profiles from here into the new file
        return DecodedPicture(upright, _fitting_profile(file, upright), full_colour)


def _shrink(image: Image.Image, max_side: int) -> Image.Image:
    scale = max_side / max(image.size)
    return resize(image, scale) if scale < 1 else image


def resize(image: Image.Image, scale: float) -> Image.Image:
    """The image scaled in its shape; each side keeps at least one pixel."""
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=_REDUCING_GAP)


def _simplify(file: ImageFile) -> Image.Image:
    """Converts any mode to L, RGB or RGBA. An alpha channel that is opaque everywhere is dropped."""
    if file.has_transparency_data:
        image = file.convert("RGBA")
        return image.convert("RGB") if image.getchannel("A").getextrema() == (255, 255) else image
    if file.mode in {"L", "1"}:
        return file.convert("L")
    # Pillow clips at 255 when it converts mode I to L, so scale the 16 bits first: 65535 / 255 is 257.
    if file.mode.startswith("I;16"):
        return file.convert("I").point(lambda value: value / 257).convert("L")
    if file.mode in {"I", "F"}:
        return _stretch(file)
    return _convert_by_profile(file) if file.mode in {"CMYK", "LAB"} else file.convert("RGB")


def _stretch(file: ImageFile) -> Image.Image:
    """Modes I and F hold measurements without a fixed range: the lowest becomes black and the highest white."""
    measured = file.convert("F")
    low, high = cast("tuple[float, float]", measured.getextrema())
    scale = 255 / (high - low) if high > low else 0.0
    return measured.point(lambda value: value * scale - low * scale).convert("L")


def _convert_by_profile(file: ImageFile) -> Image.Image:
    """Converts to sRGB. Without a valid profile it uses Pillow's plain formula, as viewers do."""
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(file.info.get("icc_profile") or b""))
        converted = ImageCms.profileToProfile(file, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        converted = None
    return converted or file.convert("RGB")


def _fitting_profile(file: ImageFile, image: Image.Image) -> bytes | None:
    """The file's ICC profile if it is for the image's colour space, which bytes 16 to 19 name (ICC.1, 7.2)."""
    profile = file.info.get("icc_profile")
    if not isinstance(profile, bytes) or profile[16:20] != _COLOUR_SPACES[image.mode]:
        return None
    return profile
