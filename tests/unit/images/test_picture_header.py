"""read_header: formats by content, sizes as displayed, nothing decoded."""

import pytest

from bot.images.header import Header, PictureFormat, read_header
from tests.unit.images.made_pictures import (
    corners,
    exif_with_orientation,
    extended_webp,
    file_of,
    jpeg_segment,
    photo,
    png_chunk,
    webp_chunk,
    with_chunks,
    with_segments,
)

FORMATS = [
    ("JPEG", PictureFormat.JPEG, "image/jpeg", ".jpg"),
    ("PNG", PictureFormat.PNG, "image/png", ".png"),
    ("WEBP", PictureFormat.WEBP, "image/webp", ".webp"),
    ("GIF", PictureFormat.GIF, "image/gif", ".gif"),
    ("BMP", PictureFormat.BMP, "image/bmp", ".bmp"),
    ("TIFF", PictureFormat.TIFF, "image/tiff", ".tiff"),
    ("AVIF", PictureFormat.AVIF, "image/avif", ".avif"),
    ("HEIF", PictureFormat.HEIC, "image/heic", ".heic"),
]


@pytest.mark.parametrize(("saved_as", "picture_format", "mime", "extension"), FORMATS)
def test_each_format_is_told_by_its_bytes_and_measured(saved_as, picture_format, mime, extension):
    header = read_header(file_of(corners((96, 64)), saved_as))

    assert header == Header(picture_format, 96, 64, 1)
    assert (picture_format.mime, picture_format.extension) == (mime, extension)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plumeria-gps-rotated.jpg", Header(PictureFormat.JPEG, 360, 480, 6)),
        ("heather.webp", Header(PictureFormat.WEBP, 300, 225, 1)),
        ("horse.png", Header(PictureFormat.PNG, 400, 328, 1)),
        ("pug.heic", Header(PictureFormat.HEIC, 1025, 900, 1)),
    ],
)
def test_photos_of_real_cameras_are_measured_as_displayed(name, expected):
    assert read_header(photo(name)) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8",
        b"BMW is a maker of cars and of motor cycles",
        b"%PDF-1.7 and so on",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42" + bytes(100),
        b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(100),
        b"\x00\x00\x01\x00\x01\x00\x10\x10" + bytes(100),
    ],
    ids=["nothing", "two bytes", "text", "pdf", "svg", "film", "sound", "icon"],
)
def test_what_is_no_picture_that_we_know_has_no_header(data):
    assert read_header(data) is None


def turned_files() -> dict[str, bytes]:
    exif = exif_with_orientation(6)
    still = file_of(corners(), "WEBP", lossless=True)[12:]
    return {
        "jpeg": with_segments(file_of(corners(), "JPEG"), jpeg_segment(0xE1, b"Exif\x00\x00" + exif)),
        "png": with_chunks(file_of(corners(), "PNG"), png_chunk(b"eXIf", exif)),
        "webp": extended_webp((96, 64), 0x08, still, webp_chunk(b"EXIF", exif)),
        "webp with prefix": extended_webp((96, 64), 0x08, still, webp_chunk(b"EXIF", b"Exif\x00\x00" + exif)),
        "tiff": file_of(corners(), "TIFF", tiffinfo={274: 6}),
        "avif": file_of(corners(), "AVIF", exif=exif),
    }


@pytest.mark.parametrize(("name", "data"), turned_files().items(), ids=turned_files())
def test_width_and_height_are_those_after_turning(name, data):
    header = read_header(data)

    assert header is not None, name
    assert (header.width, header.height, header.orientation) == (64, 96, 6)


@pytest.mark.parametrize("orientation", [0, 9, 255])
def test_an_orientation_that_does_not_exist_counts_as_upright(orientation):
    exif = jpeg_segment(0xE1, b"Exif\x00\x00" + exif_with_orientation(orientation))

    assert read_header(with_segments(file_of(corners(), "JPEG"), exif)) == Header(PictureFormat.JPEG, 96, 64, 1)


@pytest.mark.parametrize(("saved_as", "kept"), [("JPEG", 640), ("PNG", 33), ("WEBP", 40), ("GIF", 10), ("BMP", 54)])
def test_the_header_is_read_where_no_pixels_follow(saved_as, kept):
    header = read_header(file_of(corners(), saved_as)[:kept])

    assert header is not None
    assert (header.width, header.height) == (96, 64)
