"""Refusals and what is brought under the limits; threads; nothing left behind."""

import struct
import warnings
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from PIL import Image

from bot.images.header import PictureFormat, read_header
from bot.images.prepare import PreparedSource, SourceLimits, prepare_source
from bot.rules.refusals import Reason, Refused
from tests.unit.images.made_pictures import (
    LIMITS,
    PHOTOS,
    corners,
    extended_webp,
    file_of,
    noise,
    opened,
    photo,
    png_chunk,
    prepared,
)

SIZE = 60_000


def bombs() -> dict[str, bytes]:
    """Headers of 60,000 x 60,000 pixels with nothing behind: who tries to decode them finds them unreadable."""
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0)
    jpeg = file_of(corners(), "JPEG")
    frame = jpeg.index(b"\xff\xc0")
    bmp = file_of(corners(), "BMP")
    tiff = b"II*\x00\x08\x00\x00\x00\x02\x00" + struct.pack("<HHIIHHII", 256, 4, 1, SIZE, 257, 4, 1, SIZE)
    return {
        "jpeg": jpeg[: frame + 5] + struct.pack(">HH", SIZE, SIZE) + jpeg[frame + 9 :],
        "png": b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IEND", b""),
        "webp": extended_webp((SIZE, SIZE), 0),
        "gif": b"GIF89a" + struct.pack("<HH", SIZE, SIZE) + bytes(3),
        "bmp": bmp[:18] + struct.pack("<ii", SIZE, -SIZE) + bmp[26:54],
        "tiff": tiff,
        "avif": boxed_bomb("AVIF"),
        "heic": boxed_bomb("HEIF"),
    }


def boxed_bomb(saved_as: str) -> bytes:
    """The size stands in the box `ispe`."""
    data = file_of(corners(), saved_as)
    return data.replace(struct.pack(">II", 96, 64), struct.pack(">II", 12_000, 12_000))


@pytest.mark.parametrize("data", bombs().values(), ids=bombs())
def test_too_many_pixels_are_refused_by_the_header_alone(data):
    assert len(data) < 3000
    assert prepare_source(data, LIMITS) == Refused(Reason.PICTURE_TOO_MANY_PIXELS, limit=LIMITS.max_pixels)


@pytest.mark.parametrize("side", [9000, SIZE])
def test_a_frame_larger_than_the_screen_that_a_gif_tells_of_is_refused_too(side):
    gif = bytearray(file_of(corners(), "GIF"))
    frame = bytes(gif).index(b"\x2c")
    gif[frame + 5 : frame + 9] = struct.pack("<HH", side, side)

    assert read_header(bytes(gif)).width == 96
    assert prepare_source(bytes(gif), LIMITS) == Refused(Reason.PICTURE_TOO_MANY_PIXELS, limit=LIMITS.max_pixels)


def test_the_pixel_limit_itself_is_allowed():
    limits = SourceLimits(10**7, 10**7, max_pixels=96 * 64, max_side=4096)

    assert isinstance(prepare_source(file_of(corners((96, 64)), "PNG"), limits), PreparedSource)
    assert prepare_source(file_of(corners((97, 64)), "PNG"), limits) == Refused(
        Reason.PICTURE_TOO_MANY_PIXELS, limit=96 * 64
    )


def test_a_file_over_the_hard_cap_is_refused():
    data = photo("horse.png")
    limits = SourceLimits(10**7, max_file_bytes=len(data) - 1, max_pixels=10**7, max_side=4096)

    assert prepare_source(data, limits) == Refused(Reason.PICTURE_TOO_LARGE, limit=len(data) - 1)


@pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-1.7", b"GIF88a" + bytes(50)])
def test_what_is_no_picture_is_refused_as_unsupported(data):
    assert prepare_source(data, LIMITS) == Refused(Reason.PICTURE_UNSUPPORTED)


@pytest.mark.parametrize("saved_as", ["JPEG", "PNG", "WEBP", "BMP"])
def test_a_file_over_the_upload_limit_is_brought_under_it(saved_as):
    data = file_of(noise((400, 300)), saved_as, **({"quality": 100} if saved_as in {"JPEG", "WEBP"} else {}))
    limits = SourceLimits(len(data) // 3, 10**7, 10**7, 4096)

    source = prepared(data, limits)

    assert len(source.data) <= limits.max_upload_bytes
    assert opened(source.data).size == (source.width, source.height)
    assert source.width / source.height == pytest.approx(4 / 3, rel=0.02)


def test_a_heavy_jpeg_is_not_scaled_when_a_lower_quality_will_do():
    data = file_of(noise((400, 300)), "JPEG", quality=100, subsampling=0)
    limits = SourceLimits(len(data) // 2, 10**7, 10**7, 4096)

    source = prepared(data, limits)

    assert (source.width, source.height) == (400, 300)


def test_a_picture_with_a_long_side_that_has_to_be_encoded_again_is_scaled_to_it_in_its_shape():
    limits = SourceLimits(10**7, 10**7, 10**7, max_side=500)

    for saved_as, sent_as in (("TIFF", PictureFormat.PNG), ("BMP", PictureFormat.PNG)):
        source = prepared(file_of(corners((2000, 1000)), saved_as), limits)
        assert (source.format, source.width, source.height) == (sent_as, 500, 250)


@pytest.mark.parametrize("saved_as", ["JPEG", "PNG", "WEBP"])
def test_a_picture_within_the_upload_limit_keeps_every_pixel_however_long_its_side_is(saved_as):
    data = file_of(corners((2000, 1000)), saved_as)
    source = prepared(data, SourceLimits(len(data), 10**7, 10**7, max_side=500))
    assert (source.width, source.height) == (2000, 1000)
    assert opened(source.data).tobytes() == opened(data).tobytes()


def test_alpha_outlives_being_made_smaller():
    image = noise((400, 300))
    image.putalpha(Image.linear_gradient("L").resize((400, 300)))
    limits = SourceLimits(30_000, 10**7, 10**7, 4096)

    source = prepared(file_of(image, "PNG"), limits)

    assert source.format is PictureFormat.WEBP
    assert opened(source.data).getchannel("A").getextrema()[0] < 10


def test_a_profile_that_fills_the_limit_gives_way_to_the_picture():
    profile = b"\x00\x06\x00\x00" + bytes(12) + b"RGB " + bytes(400_000)
    limits = SourceLimits(200_000, 10**7, 10**7, 4096)

    source = prepared(file_of(noise((400, 300)), "JPEG", icc_profile=profile), limits)

    assert (source.width, source.height) == (400, 300)


def test_a_side_longer_than_webp_can_have_is_scaled_where_webp_is_needed():
    limits = SourceLimits(30_000, 10**7, 10**7, max_side=30_000)

    source = prepared(file_of(noise((20_000, 20)), "JPEG"), limits)

    assert source.format is PictureFormat.WEBP
    assert source.width <= 16383


def test_tiny_pictures_are_left_to_the_api_to_judge():
    assert prepared(file_of(corners((2, 2)), "PNG")).width == 2


def test_threads_get_what_one_after_the_other_gets_and_no_warning_filter_moves():
    files = [path.read_bytes() for path in sorted(PHOTOS.iterdir()) if path.suffix != ".md"]
    files += [file_of(corners(), saved_as) for saved_as in ("GIF", "BMP", "TIFF", "AVIF")] + list(bombs().values())
    filters = list(warnings.filters)
    limit = Image.MAX_IMAGE_PIXELS

    expected = [prepare_source(data, LIMITS) for data in files] * 4
    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(lambda data: prepare_source(data, LIMITS), files * 4))

    assert results == expected
    assert warnings.filters == filters
    assert limit == Image.MAX_IMAGE_PIXELS


def test_the_picture_itself_is_in_no_repr():
    assert "data" not in repr(prepared(photo("horse.png")))


def test_what_was_prepared_is_accepted_again_as_it_is():
    for data in (photo("plumeria-gps-rotated.jpg"), photo("pug.heic"), file_of(corners(), "GIF")):
        source = prepared(data)
        with Image.open(BytesIO(source.data)) as image:
            assert image.size == (source.width, source.height)
        assert prepared(source.data) == source
