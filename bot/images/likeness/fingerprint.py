"""Makes fingerprints of a picture: two perceptual hashes that stay nearly the same when it is copied.

A copy may be scaled, encoded again, mirrored, turned by quarters, framed or cropped. The kept libraries do not fit:
ImageHash needs SciPy (80 MB), and pdqhash has no wheels for Linux. So this is Pillow and a cosine transform of 32 rows.

Sources: https://www.phash.org/docs/pubs/thesis_zauner.pdf (DCT hash),
https://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html (gradient hash)
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import product
from math import cos, pi, sqrt
from operator import mul

from PIL import Image, ImageChops

from bot.images.decode import decode
from bot.images.errors import UnreadablePictureError
from bot.images.fit import MAX_PIXELS
from bot.images.header import read_header
from bot.images.likeness.prints import Fingerprint, pack

_Way = tuple[bool, bool, bool]

_READ_AT = 512
_SIDE = 32
_WAVES = 16
_SLOPES = 9
# The hashes of flat pictures, such as a page with two words, have only noise in them.
_LEAST_CONTRAST = 6.0
# How many waves a picture is made of. A plain gradient has 1.4, and a horizon between two colours has 4.8: all of these
# would be found as copies of each other. The simplest of 60 wallpapers has 9.
_LEAST_WAVES = 6.0
_FRAME_TOLERANCE = 24
_LEAST_LEFT = 0.4
# Whether to swap rows and columns, and then to mirror from left to right and from top to bottom. Together they are all
# quarter turns, plain and mirrored.
_AS_IT_IS: Sequence[_Way] = ((False, False, False),)
_EVERY_WAY: Sequence[_Way] = tuple(product((False, True), (False, True), (False, True)))
# Left, top, right and bottom as parts of the side: the whole picture, and what is left when somebody crops a tenth.
_CROPS = (
    (0.0, 0.0, 1.0, 1.0),
    (0.05, 0.05, 0.95, 0.95),
    (0.1, 0.1, 0.9, 0.9),
    (0.1, 0.0, 1.0, 1.0),
    (0.0, 0.1, 1.0, 1.0),
    (0.0, 0.0, 0.9, 1.0),
    (0.0, 0.0, 1.0, 0.9),
    (0.1, 0.1, 1.0, 1.0),
    (0.0, 0.1, 0.9, 1.0),
    (0.1, 0.0, 1.0, 0.9),
    (0.0, 0.0, 0.9, 0.9),
)


def prints_to_keep(data: bytes) -> bytes:
    """Of a picture that shall be found again, packed: of the whole, and of what is left after cropping.

    Empty for a picture with little in it: others would look like its copies. Raises UnreadablePictureError.
    """
    seen = _read(data)
    width, height = seen.size
    boxes = [
        (round(left * width), round(top * height), round(right * width), round(bottom * height))
        for left, top, right, bottom in _CROPS
    ]
    return pack(_fingerprints(map(seen.crop, boxes), _AS_IT_IS))


def prints_to_find(data: bytes) -> bytes:
    """Of a picture that may be a copy, packed: turned and mirrored in every way, with and without its frame.

    Raises UnreadablePictureError.
    """
    return pack(_fingerprints(_with_and_without_frame(_read(data)), _EVERY_WAY))


def _read(data: bytes) -> Image.Image:
    header = read_header(data)
    if header is None:
        raise UnreadablePictureError("not a picture in a known format")
    picture = decode(data, header.format, header.orientation, max_pixels=MAX_PIXELS, max_side=_READ_AT)
    image = picture.image
    if image.mode in {"RGBA", "LA"}:
        # As Discord shows it, in the dark theme.
        background = Image.new("RGBA", image.size, (49, 51, 56, 255))
        image = Image.alpha_composite(background, image.convert("RGBA"))
    return image.convert("L")


def _with_and_without_frame(image: Image.Image) -> Iterator[Image.Image]:
    yield image
    inner = _without_frame(image)
    if inner is not None:
        yield inner


def _without_frame(image: Image.Image) -> Image.Image | None:
    """None: it has no frame of one colour, or little more than that."""
    corner = image.getpixel((0, 0))
    difference = ImageChops.difference(image, Image.new("L", image.size, corner))
    box = difference.point(lambda value: 255 if value > _FRAME_TOLERANCE else 0).getbbox()
    if box is None or box == (0, 0, *image.size):
        return None
    left = (box[2] - box[0]) * (box[3] - box[1]) / (image.width * image.height)
    return image.crop(box) if left >= _LEAST_LEFT else None


def _fingerprints(images: Iterable[Image.Image], ways: Sequence[_Way]) -> list[Fingerprint]:
    found: list[Fingerprint] = []
    for image in images:
        small = image.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
        strengths = _strengths(small)
        if not _has_structure(small, strengths):
            continue
        smaller = image.resize((_SLOPES + 1, _SLOPES + 1), Image.Resampling.LANCZOS)
        found += [Fingerprint(_wave(strengths, *way), _slope(smaller, *way)) for way in ways]
    return found


def _has_structure(image: Image.Image, strengths: Sequence[Sequence[float]]) -> bool:
    pixels = image.tobytes()
    mean = sum(pixels) / len(pixels)
    contrast = sqrt(sum((pixel - mean) ** 2 for pixel in pixels) / len(pixels))
    if contrast < _LEAST_CONTRAST:
        return False
    strong = [abs(strength) for row in strengths for strength in row][1:]
    return sum(strong) ** 2 >= _LEAST_WAVES * sum(strength**2 for strength in strong)


@cache
def _waves() -> list[list[float]]:
    return [[cos(pi * wave * (2 * at + 1) / (2 * _SIDE)) for at in range(_SIDE)] for wave in range(_WAVES)]


def _strengths(image: Image.Image) -> list[list[float]]:
    """How strong each wave is: the first number is its waves from top to bottom, the second from left to right."""
    pixels = image.tobytes()
    rows = [[float(pixel) for pixel in pixels[start : start + _SIDE]] for start in range(0, len(pixels), _SIDE)]
    across = [[sum(map(mul, wave, row)) for row in rows] for wave in _waves()]
    return [[sum(map(mul, wave, column)) for column in across] for wave in _waves()]


def _wave(strengths: Sequence[Sequence[float]], swapped: bool, mirrored: bool, flipped: bool) -> int:
    """A picture need not be turned for this: a mirror image has its odd waves the other way round."""
    turned = zip(*strengths, strict=True) if swapped else strengths
    signed = [
        -strength if (mirrored and across % 2) != (flipped and down % 2) else strength
        for down, row in enumerate(turned)
        for across, strength in enumerate(row)
    ][1:]
    middle = sorted(signed)[len(signed) // 2]
    return _bits(each > middle for each in signed)


def _slope(image: Image.Image, swapped: bool, mirrored: bool, flipped: bool) -> int:
    steps = (
        (swapped, Image.Transpose.TRANSPOSE),
        (mirrored, Image.Transpose.FLIP_LEFT_RIGHT),
        (flipped, Image.Transpose.FLIP_TOP_BOTTOM),
    )
    for wanted, turn in steps:
        image = image.transpose(turn) if wanted else image
    pixels, side = image.tobytes(), _SLOPES + 1
    places = [y * side + x for y in range(_SLOPES) for x in range(_SLOPES)]
    across = [pixels[at + 1] > pixels[at] for at in places]
    return _bits(across + [pixels[at + side] > pixels[at] for at in places])


def _bits(values: Iterable[bool]) -> int:
    number = 0
    for value in values:
        number = number << 1 | value
    return number
