"""Truncated, damaged and hostile bytes: refused, never an exception and never a hang."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.images.errors import UnreadablePictureError
from bot.images.fit import fit_to_size
from bot.images.header import PictureFormat, read_header
from bot.images.prepare import PreparedSource, prepare_source
from bot.rules.refusals import Reason, Refused
from tests.unit.images.made_pictures import (
    LIMITS,
    PROFILE,
    corners,
    file_of,
    noise,
    opened,
    photo,
    prepared,
    webp_of,
    with_chunks,
    with_segments,
)

SENT = {PictureFormat.JPEG, PictureFormat.PNG, PictureFormat.WEBP}


@cache
def victims() -> dict[str, bytes]:
    image = noise((96, 64))
    return {
        "jpeg": file_of(image, "JPEG", icc_profile=PROFILE),
        "progressive": file_of(image, "JPEG", progressive=True),
        "turned": photo("plumeria-gps-rotated.jpg"),
        "png": photo("horse.png"),
        "webp": photo("heather.webp"),
        "animated webp": file_of(image, "WEBP", save_all=True, append_images=[corners()]),
        "gif": file_of(image, "GIF"),
        "bmp": file_of(image, "BMP"),
        "tiff": file_of(image, "TIFF", compression="tiff_lzw"),
        "avif": file_of(image, "AVIF"),
        "heic": file_of(image, "HEIF"),
    }


@pytest.mark.parametrize("part", range(20))
@pytest.mark.parametrize("name", victims())
def test_a_truncated_file_is_refused_wherever_it_was_cut(name, part):
    data = victims()[name]

    result = prepare_source(data[: len(data) * part // 20], LIMITS)

    assert isinstance(result, Refused)
    assert result.reason in {Reason.PICTURE_UNREADABLE, Reason.PICTURE_UNSUPPORTED}


@pytest.mark.parametrize("name", ["png", "webp", "animated webp", "heic", "avif"])
def test_a_file_that_lacks_its_last_bytes_is_refused(name):
    assert prepare_source(victims()[name][:-2], LIMITS) == Refused(Reason.PICTURE_UNREADABLE)


@pytest.mark.parametrize("name", victims())
def test_the_whole_files_are_fine(name):
    assert isinstance(prepare_source(victims()[name], LIMITS), PreparedSource)


DAMAGE = {
    "name": st.sampled_from(sorted(victims())),
    "changes": st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=12),
    "near_start": st.booleans(),
}
HEADER_DAMAGE = {
    "name": st.sampled_from(sorted(victims())),
    "changes": st.lists(st.tuples(st.integers(0, 399), st.integers(0, 255))),
}


@settings(max_examples=250)
@given(**DAMAGE)
def test_damaged_bytes_give_a_sound_picture_or_a_refusal(name, changes, near_start):
    data = bytearray(victims()[name])
    for where, byte in changes:
        data[int(where * (min(400, len(data)) if near_start else len(data)))] = byte

    result = prepare_source(bytes(data), LIMITS)

    if isinstance(result, PreparedSource):
        header = read_header(result.data)
        assert (header.width, header.height, header.orientation) == (result.width, result.height, 1)
        assert result.format in SENT


@settings(max_examples=100)
@given(**HEADER_DAMAGE)
def test_fitting_damaged_bytes_gives_a_picture_or_our_exception(name, changes):
    data = bytearray(victims()[name])
    for where, byte in changes:
        data[where % len(data)] = byte

    try:
        fitted = fit_to_size(bytes(data), 1500)
    except UnreadablePictureError:
        return
    assert len(fitted.data) <= 1500


@settings(max_examples=100)
@given(
    start=st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\xff\x00\x00\x00WEBP", b"II*\x00", b"BM"]),
    rest=st.binary(),
)
def test_random_bytes_behind_a_known_start_are_refused(start, rest):
    assert isinstance(prepare_source(start + rest, LIMITS), Refused)


def endless_files() -> dict[str, bytes]:
    """Files on which a careless reader spends minutes: endless fill, and millions of empty pieces."""
    jpeg, png, webp = (file_of(corners(), saved_as) for saved_as in ("JPEG", "PNG", "WEBP"))
    return {
        "fill bytes": b"\xff\xd8" + b"\xff" * 5_000_000,
        "JPEG comments": with_segments(jpeg, b"\xff\xfe\x00\x02" * 1_000_000),
        "PNG chunks": with_chunks(png, b"\x00\x00\x00\x00teXt\x00\x00\x00\x00" * 500_000),
        "WebP chunks": webp_of(webp[12:], b"more\x00\x00\x00\x00" * 500_000),
        "a directory that never ends": b"II*\x00\x08\x00\x00\x00\xff\xff" + bytes(2_000_000),
        "a directory far away": b"II*\x00\xff\xff\xff\xff" + bytes(100),
    }


@pytest.mark.timeout(20)
@pytest.mark.parametrize("data", endless_files().values(), ids=endless_files())
def test_endless_files_are_refused(data):
    assert prepare_source(data, LIMITS) == Refused(Reason.PICTURE_UNREADABLE)


def test_what_follows_the_end_does_not_matter():
    for name in ("jpeg", "png", "webp"):
        data = victims()[name]
        assert prepared(data + b"\xff\xd8\xff\xe1" + bytes(10_000)).data == prepared(data).data
        assert opened(prepared(data).data).size == opened(data).size
