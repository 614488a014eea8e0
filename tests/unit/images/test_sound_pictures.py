"""A picture is sound or refused before it costs anything; what clients show is not refused."""

import struct
import tracemalloc
import zlib

import pytest

from bot.images.pictures import SourceLimits
from bot.images.prepare import prepare_source
from bot.rules.refusals import Reason, Refused
from tests.unit.images.made_pictures import (
    LIMITS,
    PROFILE,
    assert_same_colours,
    corners,
    exif_with_orientation,
    file_of,
    jpeg_segment,
    noise,
    opened,
    png_chunk,
    prepared,
    webp_chunk,
    webp_of,
    with_chunks,
    with_segments,
)

UNREADABLE = Refused(Reason.PICTURE_UNREADABLE)
ROWS = b"".join(b"\0" + bytes(range(90)) for _ in range(30))


def png_of(*, depth=8, colour=2, compression=0, filtering=0, interlaced=0, pixels=None, extra=()):
    head = struct.pack(">IIBBBBB", 30, 30, depth, colour, compression, filtering, interlaced)
    packed = zlib.compress(ROWS) if pixels is None else pixels
    chunks = (png_chunk(b"IHDR", head), *extra, png_chunk(b"IDAT", packed), png_chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def bomb():
    packer = zlib.compressobj(9)
    return packer.compress(bytes(100_000_000)) + packer.flush()


@pytest.mark.parametrize(
    "data",
    [
        png_of(depth=7),
        png_of(depth=4),
        png_of(colour=1),
        png_of(colour=3),
        png_of(compression=1),
        png_of(filtering=1),
        png_of(interlaced=2),
        png_of(interlaced=1),
        png_of(pixels=b"not zlib at all" * 20),
        png_of(pixels=zlib.compress(ROWS[:1000])),
        png_of(pixels=zlib.compress(ROWS)[:40]),
        png_of(pixels=zlib.compress(ROWS[:91] + b"\x07" + ROWS[92:])),
        png_of(pixels=b""),
    ],
    ids=range(13),
)
def test_a_png_that_no_decoder_can_read_is_refused(data):
    assert prepare_source(data, LIMITS) == UNREADABLE


def test_a_png_whose_stream_holds_much_more_than_its_rows_costs_no_memory():
    source = prepared(png_of(pixels=zlib.compress(ROWS + bytes(200_000_000), 1)))

    assert opened(source.data).tobytes() == opened(png_of()).tobytes()


def test_a_bomb_in_a_profile_is_dropped():
    data = png_of(extra=[png_chunk(b"iCCP", b"x\0\0" + bomb())])
    tracemalloc.start()
    source = prepared(data)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert b"iCCP" not in source.data
    assert most < 20_000_000


@pytest.mark.parametrize("name", [b"gAMA", b"tEXt", b"iCCP", b"sRGB"])
def test_a_wrong_checksum_in_a_chunk_that_no_picture_needs_drops_the_chunk(name):
    chunk = bytearray(png_chunk(name, bytes(4)))
    chunk[-1] ^= 1
    source = prepared(with_chunks(png_of(), bytes(chunk)))

    assert source.data == prepared(png_of()).data


def test_the_unused_bits_of_a_transparent_shade_are_cleared():
    grey = file_of(corners(mode="L"), "PNG")
    at = grey.index(b"IDAT") - 4
    source = prepared(grey[:at] + png_chunk(b"tRNS", b"\x4a\xff") + grey[at:])

    assert b"tRNS\x00\xff" in source.data


def half_of(jpeg):
    scan = jpeg.index(b"\xff\xda")
    return jpeg[: (scan + len(jpeg)) // 2]


@pytest.mark.parametrize("end", [b"", b"\xff\xd9"], ids=["cut", "with an end"])
@pytest.mark.parametrize("options", [{}, {"subsampling": 0}, {"restart_marker_rows": 1}, {"optimize": True}], ids=str)
def test_half_a_jpeg_is_refused(options, end):
    assert prepare_source(half_of(file_of(noise((160, 120)), "JPEG", **options)) + end, LIMITS) == UNREADABLE


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"restart_marker_rows": 1}, {"optimize": True}], ids=str
)
def test_a_jpeg_that_lacks_only_its_end_is_sent_whole(options, turned):
    exif = {"exif": b"Exif\x00\x00" + exif_with_orientation(3)} if turned else {}
    whole = file_of(noise((160, 120)), "JPEG", **options, **exif)

    assert prepared(whole[:-2]).data == prepared(whole).data


def test_a_progressive_jpeg_that_lacks_scans_and_its_end_is_refused():
    whole = file_of(noise((160, 120)), "JPEG", progressive=True)
    last = whole.rindex(b"\xff\xda")

    assert prepare_source(whole[:last], LIMITS) == UNREADABLE


def test_many_scans_over_many_pixels_are_refused_and_few_are_not():
    jpeg = bytearray(file_of(corners(), "JPEG", progressive=True))
    frame = bytes(jpeg).index(b"\xff\xc2")
    jpeg[frame + 5 : frame + 9] = struct.pack(">HH", 7000, 7000)
    last = bytes(jpeg).rindex(b"\xff\xda")
    many = bytes(jpeg[:-2]) + bytes(jpeg[last:-2]) * 60 + b"\xff\xd9"

    assert prepare_source(many, LIMITS) == UNREADABLE


@pytest.mark.parametrize("kind", [b"VP8 ", b"VP8L"])
def test_half_a_webp_is_refused(kind):
    whole = file_of(noise((96, 64)), "WEBP", lossless=kind == b"VP8L")
    content = whole[20 : 20 + (len(whole) - 20) // 2]

    assert prepare_source(webp_of(webp_chunk(kind, content)), LIMITS) == UNREADABLE


def checkerboard():
    image = corners((256, 256))
    image.putdata([(255, 0, 0) if (x + y) % 2 else (0, 0, 255) for y in range(256) for x in range(256)])
    return image


@pytest.mark.parametrize(
    ("saved_as", "options", "mode"),
    [
        ("AVIF", {"quality": 95, "subsampling": "4:4:4"}, "RGB"),
        ("JPEG", {"quality": 95}, "CMYK"),
        ("JPEG", {"quality": 95, "subsampling": 0, "exif": b"Exif\x00\x00" + exif_with_orientation(3)}, "RGB"),
    ],
)
def test_full_colours_stay_full(saved_as, options, mode):
    source = prepared(file_of(checkerboard().convert(mode), saved_as, **options))

    red, green, blue = opened(source.data).getpixel((10, 11))
    assert red > 230
    assert green < 30
    assert blue < 30


def test_a_png_over_the_limit_shrinks_without_losing_colours():
    picture = file_of(noise((400, 300)), "PNG")
    source = prepared(picture, SourceLimits(len(picture) * 3 // 4, 10**7, 10**7, 4096))

    assert (source.width, source.height) == (400, 300)
    assert source.data.index(b"\x01\x11\x00", source.data.index(b"\xff\xc0"))  # luma is not sampled more than chroma


def test_a_jpeg_keeps_the_profile_that_stands_in_several_parts_in_any_order():
    parts = [PROFILE[:200], PROFILE[200:]]
    segments = [
        jpeg_segment(0xE2, b"ICC_PROFILE\x00" + bytes([number, 2]) + part) for number, part in enumerate(parts, start=1)
    ]
    source = prepared(with_segments(file_of(corners(), "JPEG"), *reversed(segments)))

    assert_same_colours(opened(source.data).info["icc_profile"], PROFILE)
