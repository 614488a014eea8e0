"""Upright JPEG, PNG and WebP: metadata goes, pixels and colours stay as they are, to the bit."""

from io import BytesIO

import pytest
from PIL import Image

from bot.images.header import PictureFormat
from bot.images.prepare import SourceLimits, prepare_source
from bot.rules.refusals import Reason, Refused
from tests.unit.images.made_pictures import (
    EXIF,
    PROFILE,
    SECRETS,
    XMP,
    assert_same_colours,
    corners,
    extended_webp,
    file_of,
    jpeg_segment,
    noise,
    opened,
    photo,
    png_chunk,
    prepared,
    webp_chunk,
    webp_of,
    with_chunks,
    with_segments,
)

CHATTY = (
    jpeg_segment(0xE1, b"Exif\x00\x00" + EXIF),
    jpeg_segment(0xE1, XMP),
    jpeg_segment(0xE0, b"JFXX\x00\x10Jane at home"),
    jpeg_segment(0xE2, b"MPF\x00Jane at home"),
    jpeg_segment(0xE3, b"Meta Jane at home"),
    jpeg_segment(0xED, b"Photoshop 3.0\x008BIM Jane at home"),
    jpeg_segment(0xEF, b"Jane at home"),
    jpeg_segment(0xFE, b"Jane at home"),
)


def assert_same_pixels(cleaned: bytes, original: bytes) -> None:
    before, after = opened(original), opened(cleaned)
    assert (after.size, after.mode) == (before.size, before.mode)
    assert after.convert("RGBA").tobytes() == before.convert("RGBA").tobytes()
    assert_same_colours(after.info.get("icc_profile"), before.info.get("icc_profile"))


def assert_no_secrets(data: bytes) -> None:
    assert [secret for secret in SECRETS if secret in data] == []


def rgb_by_adobe() -> bytes:
    """Its components are numbered as in YCbCr; APP14 says that there is no colour transform."""
    jpeg = bytearray(file_of(corners(), "JPEG", keep_rgb=True))
    frame, scan = bytes(jpeg).index(b"\xff\xc0"), bytes(jpeg).index(b"\xff\xda")
    for number in range(3):
        jpeg[frame + 10 + 3 * number] = jpeg[scan + 5 + 2 * number] = number + 1
    return with_segments(bytes(jpeg), jpeg_segment(0xEE, b"Adobe\x00\x64\x00\x00\x00\x00\x00"))


def jpegs() -> dict[str, bytes]:
    return {
        "baseline": file_of(corners(), "JPEG", icc_profile=PROFILE),
        "progressive": file_of(corners(), "JPEG", progressive=True),
        "grey": file_of(corners(mode="L"), "JPEG"),
        "restart markers": file_of(noise((96, 64)), "JPEG", restart_marker_rows=1),
        "coded as RGB": file_of(corners(), "JPEG", keep_rgb=True),
        "coded as RGB, which only Adobe's segment tells": rgb_by_adobe(),
        "profile in several segments": file_of(corners(), "JPEG", icc_profile=PROFILE + bytes(150_000)),
    }


@pytest.mark.parametrize("plain", jpegs().values(), ids=jpegs())
def test_jpeg_metadata_goes_and_pixels_stay(plain):
    chatty = with_segments(plain, *CHATTY)

    source = prepared(chatty + b"ftypmp4 a film: Jane at home")

    assert source.format is PictureFormat.JPEG
    assert_no_secrets(source.data)
    assert_same_pixels(source.data, plain)
    assert source.data.endswith(b"\xff\xd9")


def test_a_thumbnail_within_jfif_goes():
    plain = file_of(corners(), "JPEG")
    jfif = jpeg_segment(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x02\x02" + b"Jane at home")

    source = prepared(plain[:2] + jfif + plain[20:])

    assert_no_secrets(source.data)
    assert_same_pixels(source.data, plain)


def test_a_comment_between_two_scans_goes():
    plain = file_of(noise((96, 64)), "JPEG", progressive=True)
    second_scan = plain.index(b"\xff\xda", plain.index(b"\xff\xda") + 2)
    tables = plain.rindex(b"\xff\xc4", 0, second_scan)
    chatty = plain[:tables] + jpeg_segment(0xFE, b"Jane at home") + plain[tables:]

    assert prepared(chatty).data == prepared(plain).data


def test_bytes_between_segments_go():
    plain = file_of(corners(), "JPEG")

    assert prepared(plain[:20] + b"Jane at home" + plain[20:]).data == prepared(plain).data


def pngs() -> dict[str, bytes]:
    return {
        "colour": file_of(corners(), "PNG", icc_profile=PROFILE),
        "alpha": file_of(corners(mode="RGBA"), "PNG"),
        "palette": file_of(corners(mode="P"), "PNG", transparency=bytes(range(256))),
        "one bit": file_of(corners(mode="1"), "PNG"),
        "16 bits": file_of(corners(mode="I;16"), "PNG"),
    }


@pytest.mark.parametrize("plain", pngs().values(), ids=pngs())
def test_png_metadata_goes_and_pixels_stay(plain):
    chatty = with_chunks(
        plain,
        png_chunk(b"tEXt", b"Author\x00Jane at home"),
        png_chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + XMP),
        png_chunk(b"eXIf", EXIF),
        png_chunk(b"tIME", b"\x07\xea\x0b\x16\x0c\x00\x00"),
        png_chunk(b"prVt", b"Jane at home"),
    )

    source = prepared(chatty + b"Jane at home")

    assert source.format is PictureFormat.PNG
    assert_no_secrets(source.data)
    assert b"tIME" not in source.data
    assert_same_pixels(source.data, plain)


def test_of_an_animated_png_its_still_picture_goes_untouched():
    still = file_of(corners(), "PNG")
    animated = file_of(corners(), "PNG", save_all=True, append_images=[noise((96, 64))])
    assert b"acTL" in animated

    source = prepared(animated)

    assert not [name for name in (b"acTL", b"fcTL", b"fdAT") if name in source.data]
    assert_same_pixels(source.data, still)


def webps() -> dict[str, bytes]:
    return {
        "lossy": file_of(corners(), "WEBP"),
        "lossless": file_of(corners(), "WEBP", lossless=True),
        "profile": file_of(corners(), "WEBP", icc_profile=PROFILE),
        "alpha": file_of(corners(mode="RGBA").rotate(20, expand=True), "WEBP"),
    }


@pytest.mark.parametrize("plain", webps().values(), ids=webps())
def test_webp_metadata_goes_and_pixels_stay(plain):
    size = opened(plain).size
    flags, chunks = (plain[20], plain[30:]) if plain[12:16] == b"VP8X" else (0, plain[12:])
    chatty = extended_webp(
        size,
        flags | 0x0C,
        chunks,
        webp_chunk(b"EXIF", EXIF),
        webp_chunk(b"XMP ", XMP),
        webp_chunk(b"MORE", b"Jane at home"),
    )

    source = prepared(chatty + b"Jane at home")

    assert source.format is PictureFormat.WEBP
    assert_no_secrets(source.data)
    assert_same_pixels(source.data, plain)
    assert source.data[12:16] == b"VP8X"
    assert source.data[20] & 0x0E == 0
    assert int.from_bytes(source.data[4:8], "little") + 8 == len(source.data)


@pytest.mark.parametrize("name", ["horse.png", "heather.webp"])
def test_real_metadata_goes_and_real_pixels_stay(name):
    data = photo(name)
    assert b"xmpmeta" in data

    source = prepared(data)

    assert not [
        word for word in (b"xmpmeta", b"xpacket", b"Adobe", b"EXIF", b"2010", b"Lightroom") if word in source.data
    ]
    assert_same_pixels(source.data, data)


def test_the_profile_of_a_real_photo_is_kept():
    profile = Image.open(BytesIO(photo("heather.webp"))).info["icc_profile"]

    assert profile
    assert_same_colours(opened(prepared(photo("heather.webp")).data).info["icc_profile"], profile)


def test_cleaning_twice_changes_nothing():
    once = prepared(photo("heather.webp")).data

    assert prepared(once).data == once


def test_metadata_larger_than_the_upload_limit_does_not_cost_a_pixel():
    plain = file_of(corners(), "JPEG")
    chatty = with_segments(plain, *[jpeg_segment(0xE1, XMP + bytes(65_000))] * 300)
    limits = SourceLimits(max_upload_bytes=100_000, max_file_bytes=50_000_000, max_pixels=10**6, max_side=4096)
    assert len(chatty) > 19_000_000

    assert prepared(chatty, limits).data == prepared(plain, limits).data


def unsound_files() -> dict[str, bytes]:
    jpeg, png = file_of(corners(), "JPEG"), file_of(corners(), "PNG")
    frame = jpeg.index(b"\xff\xc0")
    scan = jpeg[jpeg.index(b"\xff\xda") : -2]
    return {
        "a JPEG with two frames": jpeg[:frame] + jpeg[frame : frame + 19] + jpeg[frame:],
        "a JPEG with a thousand scans": jpeg[:-2] + scan * 1000 + jpeg[-2:],
        "a JPEG without scan": jpeg[: jpeg.index(b"\xff\xda")] + b"\xff\xd9",
        "a PNG with two headers": with_chunks(png, png[8:33]),
        "a PNG with an unknown critical chunk": with_chunks(png, png_chunk(b"CgBI", b"    ")),
        "a PNG with a wrong checksum": png.replace(b"IHDR", b"IHDR", 1)[:29] + b"\x00\x00\x00\x00" + png[33:],
        "a PNG without pixels": png[:33] + png_chunk(b"IEND", b""),
        "a WebP larger than its canvas": extended_webp((4, 4), 0, file_of(corners(), "WEBP")[12:]),
        "a WebP with two pictures": webp_of(*[file_of(corners(), "WEBP")[12:]] * 2),
        "a WebP without picture": extended_webp((4, 4), 0),
    }


@pytest.mark.parametrize("data", unsound_files().values(), ids=unsound_files())
def test_files_that_contradict_themselves_are_refused(data):
    assert prepare_source(data, SourceLimits(10**7, 10**7, 10**7, 4096)) == Refused(Reason.PICTURE_UNREADABLE)
