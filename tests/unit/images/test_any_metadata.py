"""Metadata of any kind, as much of it and wherever a file may have it: none is left, and no pixel has changed.

The long form is `make chaos`.
"""

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.images.header import PictureFormat
from tests.unit.images.made_pictures import (
    PROFILE,
    assert_same_colours,
    corners,
    extended_webp,
    file_of,
    jpeg_segment,
    noise,
    opened,
    png_chunk,
    prepared,
    webp_chunk,
)

SECRET = b"Jane at home, 48.52.36"
FORMATS = {"jpeg": PictureFormat.JPEG, "png": PictureFormat.PNG, "webp": PictureFormat.WEBP}
# APP0 to APP15 and COM, but for the profile (2), which stays, and Adobe's (14), without which colours are wrong.
JPEG_MARKERS = [0xE0, 0xE1, *range(0xE3, 0xEE), 0xEF, 0xFE]
JPEG_LABELS = [b"", b"Exif\x00\x00", b"http://ns.adobe.com/xap/1.0/\x00", b"Photoshop 3.0\x00", b"JFXX\x00", b"MPF\x00"]
PNG_NAMES = [b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"prVt", b"raNd", b"iDOT", b"caBX"]
WEBP_NAMES = [b"EXIF", b"XMP ", b"MORE", b"C2PA", b"    "]


@cache
def plain(name: str) -> bytes:
    image = noise((48, 32))
    match name:
        case "jpeg":
            return file_of(image, "JPEG", icc_profile=PROFILE)
        case "png":
            return file_of(corners(mode="RGBA"), "PNG", icc_profile=PROFILE)
    return file_of(image, "WEBP", lossless=True)


def with_metadata(name: str, pieces: list[tuple[int, int, bytes, bool]], tail: bytes) -> bytes:
    """Each piece: which kind, which label, what surrounds the secret, and whether it stands late in the file."""
    data = plain(name)
    if name == "jpeg":
        made = [
            (
                late,
                jpeg_segment(
                    JPEG_MARKERS[kind % len(JPEG_MARKERS)], JPEG_LABELS[label % len(JPEG_LABELS)] + noise_ + SECRET
                ),
            )
            for kind, label, noise_, late in pieces
        ]
        # Late: before the scan. Early: before everything.
        return _around(data, made, early=2, late=data.index(b"\xff\xda")) + tail
    if name == "png":
        made = [
            (late, png_chunk(PNG_NAMES[kind % len(PNG_NAMES)], b"Author\x00" + noise_ + SECRET))
            for kind, _, noise_, late in pieces
        ]
        # Late: before the end. Early: behind the header.
        return _around(data, made, early=33, late=len(data) - 12) + tail
    chunks = {False: b"", True: b""}
    for kind, _, noise_, late in pieces:
        chunks[late] += webp_chunk(WEBP_NAMES[kind % len(WEBP_NAMES)], noise_ + SECRET)
    return extended_webp((48, 32), 0x0C, chunks[False], data[12:], chunks[True]) + tail


def _around(data: bytes, made: list[tuple[bool, bytes]], *, early: int, late: int) -> bytes:
    first = b"".join(piece for is_late, piece in made if not is_late)
    last = b"".join(piece for is_late, piece in made if is_late)
    return data[:early] + first + data[early:late] + last + data[late:]


ANY_METADATA = {
    "name": st.sampled_from(sorted(FORMATS)),
    "pieces": st.lists(
        st.tuples(st.integers(0, 99), st.integers(0, 99), st.binary(max_size=60), st.booleans()), max_size=12
    ),
    "tail": st.binary(max_size=40).map(lambda noise_: noise_ + SECRET),
}


@settings(max_examples=300, derandomize=True)
@given(**ANY_METADATA)
def test_no_metadata_is_left_and_no_pixel_has_changed(name, pieces, tail):
    source = prepared(with_metadata(name, pieces, tail))

    assert SECRET not in source.data
    assert source.format is FORMATS[name]
    before, after = opened(plain(name)), opened(source.data)
    assert (before.mode, before.size, before.tobytes()) == (after.mode, after.size, after.tobytes())
    assert_same_colours(before.info.get("icc_profile"), after.info.get("icc_profile"))
