"""Turned pictures are sent upright, without the tag that says so."""

import pytest
from PIL import Image, ImageCms

from bot.images.header import PictureFormat, read_header
from tests.unit.images.made_pictures import (
    PROFILE,
    assert_same_colours,
    corners,
    exif_with_orientation,
    extended_webp,
    file_of,
    jpeg_segment,
    opened,
    photo,
    png_chunk,
    prepared,
    webp_chunk,
    with_chunks,
    with_segments,
)

COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "white": (255, 255, 255)}
UPRIGHT = {
    1: ("red", "green", "blue", "white"),
    2: ("green", "red", "white", "blue"),
    3: ("white", "blue", "green", "red"),
    4: ("blue", "white", "red", "green"),
    5: ("red", "blue", "green", "white"),
    6: ("blue", "red", "white", "green"),
    7: ("white", "green", "blue", "red"),
    8: ("green", "white", "red", "blue"),
}
"""Where the quarters red, green, blue, white as stored are seen: top left, top right, bottom left, bottom right.

From EXIF 2.32, 4.6.4: in orientation 6 the first stored row is seen at the right, and the first column at the top.
"""


def turned(saved_as: str, orientation: int) -> bytes:
    exif = exif_with_orientation(orientation)
    match saved_as:
        case "JPEG":
            return with_segments(file_of(corners(), "JPEG"), jpeg_segment(0xE1, b"Exif\x00\x00" + exif))
        case "PNG":
            return with_chunks(file_of(corners(), "PNG"), png_chunk(b"eXIf", exif))
        case "WEBP":
            still = file_of(corners(), "WEBP", lossless=True)[12:]
            return extended_webp((96, 64), 0x08, still, webp_chunk(b"EXIF", exif))
        case "TIFF":
            return file_of(corners(), "TIFF", tiffinfo={274: orientation})
        case _:
            return file_of(corners(), saved_as, exif=exif)


def seen(image: Image.Image) -> tuple[str, ...]:
    """The colours in the middle of the quarters."""
    width, height = image.size
    middles = [(x * width // 4, y * height // 4) for y in (1, 3) for x in (1, 3)]
    pixels = [image.convert("RGB").getpixel(middle) for middle in middles]
    return tuple(min(COLOURS, key=lambda name: distance(pixel, COLOURS[name])) for pixel in pixels)


def distance(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("saved_as", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_every_orientation_of_every_format_comes_out_upright(saved_as, orientation):
    source = prepared(turned(saved_as, orientation))

    image = opened(source.data)
    assert seen(image) == UPRIGHT[orientation]
    assert image.size == (source.width, source.height) == ((96, 64) if orientation < 5 else (64, 96))
    assert read_header(source.data).orientation == 1


def test_a_turned_photo_keeps_profile_and_shape_and_loses_its_place():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = photo("plumeria-gps-rotated.jpg")
    assert b"Canon PowerShot S40" in data
    assert opened(data).getexif().get_ifd(0x8825)

    source = prepared(with_segments(data, jpeg_segment(0xE2, b"ICC_PROFILE\x00\x01\x01" + profile)))

    assert (source.format, source.width, source.height) == (PictureFormat.JPEG, 360, 480)
    assert not [word for word in (b"Exif", b"Canon", b"2026:01:02") if word in source.data]
    assert_same_colours(opened(source.data).info["icc_profile"], profile)
    assert dict(opened(source.data).getexif()) == {}


@pytest.mark.parametrize(("subsampling", "expected"), [("4:4:4", 0), ("4:2:0", 2)])
def test_a_turned_jpeg_keeps_its_colour_resolution(subsampling, expected):
    exif = jpeg_segment(0xE1, b"Exif\x00\x00" + exif_with_orientation(8))
    turned_jpeg = with_segments(file_of(corners(), "JPEG", subsampling=subsampling, icc_profile=PROFILE), exif)

    layers = opened(prepared(turned_jpeg).data).layer

    assert layers[0][1:3] == ((1, 1) if expected == 0 else (2, 2))
