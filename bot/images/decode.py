"""Decodes a picture file into upright grey, RGB or RGBA pixels of a limited size."""

from dataclasses import dataclass, field
from io import BytesIO
from typing import cast

from PIL import Image, ImageCms
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile, get_sampling

from bot.images.cleaning.icc import UncopiedProfileError, copy_profile
from bot.images.errors import TooManyPixelsError
from bot.images.files.tiff import main_page
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
# Scaled down before they are converted, because a copy of 60 megapixels takes 180 to 240 MB.
_RESIZABLE = frozenset({"L", "RGB", "RGBA", "CMYK"})
_HALVED = 2  # Pillow's number for 4:2:0
_WEBP_HEAD = 4096
# With a gap of 3.0 the result looks like that of the slow way, says Pillow:
# https://pillow.readthedocs.io/en/stable/reference/Image.html#PIL.Image.Image.resize
_REDUCING_GAP = 3.0


@dataclass(frozen=True, slots=True)
class DecodedPicture:
    """Pixels in mode L, RGB or RGBA, and their ICC profile if it fits the mode.

    `full_colour`: a JPEG made of it should have no chroma subsampling (4:4:4), because the source had none or does not
    say. `scaled`: it has fewer pixels than its file.
    """

    image: Image.Image = field(repr=False)
    icc_profile: bytes | None = field(repr=False)
    full_colour: bool
    scaled: bool = True


def decode(
    data: bytes, picture_format: PictureFormat, orientation: int, *, max_pixels: int, max_side: int
) -> DecodedPicture:
    """The first frame, upright, with its longer side at most `max_side` pixels.

    Raises UnreadablePictureError, and TooManyPixelsError before it decodes anything.
    """
    file = open_picture(data, picture_format)
    if picture_format is PictureFormat.TIFF:
        with translate_errors():
            file.seek(main_page(data))
    # Pillow itself only warns above its limit and refuses at twice that: far too late for a decompression bomb.
    if file.width * file.height > max_pixels:
        raise TooManyPixelsError(f"{file.width} x {file.height}")
    with translate_errors():
        stored = file.size
        if isinstance(file, JpegImageFile):
            # libjpeg scales by 1/2, 1/4 or 1/8 while it decodes, which saves most of the time and memory.
            file.draft(None, (max_side, max_side))
        file.load()
        upright = _shrink(_simplify(_shrink(file, max_side) if file.mode in _RESIZABLE else file, file), max_side)
        if orientation in _TURNS and picture_format not in _TURNED_BY_DECODER:
            upright = upright.transpose(_TURNS[orientation])
        upright.info.clear()  # Pillow's encoders copy comments and profiles from here into the new file
        scaled = sorted(upright.size) != sorted(stored)
        return _with_profile(file, upright, full_colour=_has_full_colour(file, data), scaled=scaled)


def _shrink(image: Image.Image, max_side: int) -> Image.Image:
    scale = max_side / max(image.size)
    return resize(image, scale) if scale < 1 else image


def resize(image: Image.Image, scale: float) -> Image.Image:
    """The image scaled in its shape; each side keeps at least one pixel."""
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=_REDUCING_GAP)


def _has_full_colour(file: ImageFile, data: bytes) -> bool:
    """Lossy WebP always halves its chroma; a JPEG says so. For CMYK, AVIF and HEIC Pillow does not tell."""
    is_lossy_webp = file.format == "WEBP" and data.find(b"VP8 ", 0, _WEBP_HEAD) >= 0
    return get_sampling(file) != _HALVED and not is_lossy_webp


def _simplify(image: Image.Image, file: ImageFile) -> Image.Image:
    """Converts any mode to L, RGB or RGBA. An alpha channel that is opaque everywhere is dropped."""
    if image.has_transparency_data:
        if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
            return image.convert("RGB")
        image = image.convert("RGBA")
        return image.convert("RGB") if image.getchannel("A").getextrema() == (255, 255) else image
    return _drop_depth(image, file.info.get("icc_profile"))


def _drop_depth(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Of an opaque image, to eight bits of grey or RGB."""
    # Pillow clips at 255 when it converts mode I to L, so scale the 16 bits first: 65535 / 255 is 257.
    if image.mode.startswith("I;16"):
        return image.convert("I").point(lambda value: value / 257).convert("L")
    if image.mode in {"I", "F"}:
        return _stretch(image)
    converted = _to_srgb(image, profile) if image.mode in {"CMYK", "LAB"} else None
    return converted or image.convert("L" if image.mode in {"L", "1"} else "RGB")


def _stretch(image: Image.Image) -> Image.Image:
    """Modes I and F hold measurements without a fixed range: the lowest becomes black and the highest white."""
    measured = image.convert("F")
    low, high = cast("tuple[float, float]", measured.getextrema())
    scale = 255 / (high - low) if high > low else 0.0
    return measured.point(lambda value: value * scale - low * scale).convert("L")


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image | None:
    """None without a valid profile for such pixels. Then Pillow's plain formulas have to do, as in viewers."""
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile or b""))
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return None


def _with_profile(file: ImageFile, image: Image.Image, *, full_colour: bool, scaled: bool) -> DecodedPicture:
    """With a copy of the file's profile if it is for the image's colour space, which bytes 16 to 19 name (ICC.1, 7.2).

    The pixels are converted to sRGB if it cannot be copied.
    """
    profile = file.info.get("icc_profile")
    if not isinstance(profile, bytes) or profile[16:20] != _COLOUR_SPACES[image.mode]:
        return DecodedPicture(image, None, full_colour, scaled)
    try:
        return DecodedPicture(image, copy_profile(profile), full_colour, scaled)
    except UncopiedProfileError:
        converted = _to_srgb(image, profile) if image.mode == "RGB" else None
        return DecodedPicture(converted or image, None, full_colour, scaled)
