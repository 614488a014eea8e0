"""Formats and kinds of pixels that are not sent as they are."""

from io import BytesIO

import pytest
from PIL import Image, ImageCms

from bot.images.header import PictureFormat
from bot.images.prepare import PreparedSource, SourceLimits
from tests.unit.images.made_pictures import (
    LIMITS,
    PROFILE,
    assert_same_colours,
    corners,
    file_of,
    noise,
    opened,
    photo,
    prepared,
)


def scaled(data: bytes, max_side: int = 48) -> PreparedSource:
    """A file that is a third too large to be sent as it is, so it is scaled down."""
    return prepared(data, SourceLimits(len(data) * 3 // 4, LIMITS.max_file_bytes, LIMITS.max_pixels, max_side=max_side))


def grey_ramp(mode: str, top: int) -> Image.Image:
    """Black at the left to `top` at the right."""
    image = Image.new(mode, (64, 64))
    image.putdata([column * top / 63 if mode == "F" else column * top // 63 for _ in range(64) for column in range(64)])
    return image


@pytest.mark.parametrize(
    ("saved_as", "sent_as"),
    [
        ("GIF", PictureFormat.PNG),
        ("BMP", PictureFormat.PNG),
        ("TIFF", PictureFormat.PNG),
        ("AVIF", PictureFormat.JPEG),
        ("HEIF", PictureFormat.JPEG),
    ],
)
def test_other_formats_are_converted_and_look_the_same(saved_as, sent_as):
    data = file_of(corners(), saved_as)

    source = prepared(data)

    assert (source.format, source.width, source.height) == (sent_as, 96, 64)
    assert_alike(opened(source.data), corners())


def assert_alike(one: Image.Image, other: Image.Image, tolerance: int = 12) -> None:
    """In the middle of each quarter, by channel."""
    for ours, theirs in zip(middles(one), middles(other), strict=True):
        assert max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) <= tolerance


def middles(image: Image.Image) -> list[tuple[int, ...]]:
    places = [(x * image.width // 4, y * image.height // 4) for y in (1, 3) for x in (1, 3)]
    return [image.convert("RGB").getpixel(place) for place in places]


@pytest.mark.parametrize("saved_as", ["GIF", "TIFF", "AVIF", "HEIF", "WEBP"])
def test_alpha_stays_where_a_picture_is_converted(saved_as):
    image = corners(mode="RGBA")
    image.putalpha(corners(mode="L").point(lambda shade: 255 if shade > 100 else 0))
    animation = {"save_all": True, "append_images": [image.rotate(180)], "lossless": True}
    data = file_of(image, saved_as, **(animation if saved_as == "WEBP" else {}))

    source = prepared(data)

    alpha = opened(source.data).getchannel("A")
    assert source.format is PictureFormat.PNG
    assert (alpha.getpixel((10, 10)), alpha.getpixel((90, 60))) == (0, 255)


def test_an_alpha_that_hides_nothing_is_not_sent():
    assert prepared(file_of(corners(mode="RGBA"), "AVIF")).format is PictureFormat.JPEG


@pytest.mark.parametrize("saved_as", ["GIF", "WEBP", "AVIF", "TIFF"])
def test_of_an_animation_the_first_frame_is_sent(saved_as):
    frames = [Image.new("RGB", (40, 30), "white")] * 2
    data = file_of(corners((40, 30)), saved_as, save_all=True, append_images=frames)

    image = opened(prepared(data).data)

    assert getattr(image, "n_frames", 1) == 1
    assert_alike(image, corners((40, 30)))


def test_a_real_heic_becomes_a_jpeg_with_its_profile_and_nothing_else():
    data = photo("pug.heic")
    assert b"iPhone XS" in data

    source = prepared(data)

    assert (source.format, source.width, source.height) == (PictureFormat.JPEG, 1025, 900)
    assert not [word for word in (b"Exif", b"iPhone", b"xpacket", b"2021") if word in source.data]
    with Image.open(BytesIO(data)) as original:
        assert_same_colours(opened(source.data).info["icc_profile"], original.info["icc_profile"])


def test_cmyk_without_profile_becomes_rgb():
    source = prepared(file_of(corners(mode="CMYK"), "JPEG", quality=95))

    image = opened(source.data)
    assert (source.format, image.mode) == (PictureFormat.JPEG, "RGB")
    assert_alike(image, corners())


def test_a_profile_for_other_pixels_than_are_sent_is_left_out():
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()

    source = prepared(file_of(corners(mode="CMYK"), "JPEG", icc_profile=lab))

    assert opened(source.data).info.get("icc_profile") is None


@pytest.mark.parametrize(
    ("mode", "top", "saved_as"),
    [("I;16", 65535, "TIFF"), ("I;16", 65535, "PNG"), ("F", 7, "TIFF"), ("I", 63_000, "TIFF")],
)
def test_deep_greys_keep_their_range(mode, top, saved_as):
    source = scaled(file_of(grey_ramp(mode, top), saved_as, compress_level=0))

    image = opened(source.data)
    assert image.mode == "L"
    assert image.getpixel((0, 20)) <= 4
    assert image.getpixel((47, 20)) >= 251
    assert abs(image.getpixel((24, 20)) - 128) <= 4


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_kind_of_png_can_be_scaled(mode):
    source = scaled(file_of(corners((960, 640), mode), "PNG", icc_profile=PROFILE, compress_level=0), 96)

    image = opened(source.data)
    assert (source.width, source.height) == (96, 64)
    assert image.mode in {"L", "RGB"}
    assert_same_colours(image.info.get("icc_profile"), PROFILE if image.mode == "RGB" else None)
    assert_alike(image, corners(mode=mode).convert("RGB"), 60) if mode not in {"1", "L", "LA"} else None


def test_a_comment_does_not_survive_encoding_anew():
    data = file_of(noise((96, 64)), "GIF", comment=b"Jane at home")

    assert b"Jane" in data
    assert b"Jane" not in prepared(data).data


def test_a_jpeg_comment_does_not_survive_scaling():
    assert b"Jane" not in scaled(file_of(corners((960, 640)), "JPEG", comment=b"Jane at home")).data
