"""Camera raw files are refused by name; of a TIFF the first full-size page is sent."""

import struct

import pytest

from bot.images.prepare import prepare_source
from bot.rules.refusals import Reason, Refused
from tests.unit.images.made_pictures import LIMITS, corners, file_of, opened, prepared

RAW = Refused(Reason.PICTURE_CAMERA_RAW)
REDUCED = (254, 4, 1, 1)
FULL = (254, 4, 1, 0)


def page(side, shade, *tags):
    """The tags of an uncompressed RGB page and its pixels."""
    return side, bytes([shade]) * (side * side * 3), tags


def tiff_of(*pages, order="<"):
    """Directories one behind the other. A tag of None stands for the address of the next page, as a SubIFD."""
    data = bytearray((b"II*\x00" if order == "<" else b"MM\x00*") + struct.pack(order + "I", 8))
    starts = []
    for number, (side, pixels, tags) in enumerate(pages):
        shorts = {258: (3, 0), 259: (1, 1), 262: (1, 2), 277: (1, 3)}
        longs = {256: side, 257: side, 273: 0, 278: side, 279: len(pixels)}
        own = [(tag, 3, count, value) for tag, (count, value) in shorts.items()]
        own += [(tag, 4, 1, value) for tag, value in longs.items()]
        entries = {tag: (tag, kind, count, value) for tag, kind, count, value in [*own, *tags]}
        starts.append(len(data))
        after = len(data) + 2 + 12 * len(entries) + 4
        entries[258] = (258, 3, 3, after)
        entries[273] = (273, 4, 1, after + 6)
        data += struct.pack(order + "H", len(entries))
        following = after + 6 + len(pixels)
        for tag, kind, count, value in (entries[tag] for tag in sorted(entries)):
            number_ = following if value is None else value
            packed = (
                struct.pack(order + "HH", number_, 0) if kind == 3 and count == 1 else struct.pack(order + "I", number_)
            )
            data += struct.pack(order + "HHI", tag, kind, count) + packed
        data += struct.pack(order + "I", following if number + 1 < len(pages) else 0)
        data += struct.pack(order + "HHH", 8, 8, 8) + pixels
    return bytes(data)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    "tags",
    [
        [REDUCED, (330, 4, 1, None)],
        [(50706, 1, 4, 0x00000401)],
        [(37398, 1, 4, 1)],
        [(33422, 1, 4, 0)],
        [(262, 3, 1, 32803)],
        [(259, 3, 1, 34713)],
    ],
    ids=[
        "a preview with a hidden picture",
        "DNG",
        "TIFF/EP",
        "a colour filter",
        "its photometric",
        "Nikon's compression",
    ],
)
def test_a_camera_raw_file_is_refused_by_name(tags, order):
    assert prepare_source(tiff_of(page(8, 9, *tags), page(64, 200), order=order), LIMITS) == RAW


@pytest.mark.parametrize(
    "start",
    [b"FUJIFILMCCD-RAW 0201", b"IIRO\x08\0\0\0", b"IIU\0\x18\0\0\0", b"\0\0\0\x18ftypcrx \0\0\0\1", b"FOVb\0\0\2\0"],
    ids=["RAF", "ORF", "RW2", "CR3", "X3F"],
)
def test_other_raw_files_are_known_by_their_first_bytes(start):
    assert prepare_source(start + bytes(100), LIMITS) == RAW


def test_canons_older_raw_files_are_known_by_their_mark():
    data = tiff_of(page(8, 9))
    marked = data[:4] + struct.pack("<I", 16) + b"CR\x02\0\0\0\0\0" + shifted(data, 8)

    assert prepare_source(marked, LIMITS) == RAW


def shifted(data, by):
    """Its directory, as if everything stood so many bytes later."""
    body = bytearray(data[8:])
    for at in range(2, 2 + 12 * struct.unpack_from("<H", body)[0], 12):
        tag, _, count, value = struct.unpack_from("<HHII", body, at)
        if tag == 273 or count > 1:
            struct.pack_into("<I", body, at + 8, value + by)
    return bytes(body)


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_thumbnail_before_the_picture_is_passed_over(order):
    source = prepared(tiff_of(page(8, 9, REDUCED), page(64, 200, FULL), order=order))

    assert (source.width, source.height) == (64, 64)
    assert opened(source.data).getpixel((5, 5)) == (200, 200, 200)


def test_of_several_full_pages_the_first_is_sent():
    assert prepared(tiff_of(page(16, 9), page(64, 200))).width == 16


def test_where_all_pages_are_small_the_first_is_sent():
    assert prepared(tiff_of(page(16, 9, REDUCED), page(12, 9, REDUCED))).width == 16


def test_the_chosen_page_is_the_one_that_is_measured():
    limits = LIMITS.__class__(10**7, 10**7, 63 * 63, 4096)

    assert prepare_source(tiff_of(page(8, 9, REDUCED), page(64, 200)), limits) == Refused(
        Reason.PICTURE_TOO_MANY_PIXELS, limit=63 * 63
    )


def test_a_plain_tiff_is_a_picture():
    assert prepared(file_of(corners(), "TIFF")).width == 96


@pytest.mark.timeout(20)
def test_directories_that_follow_each_other_for_ever_end():
    loop = tiff_of(page(8, 9))
    at = 8 + 2 + 12 * struct.unpack_from("<H", loop, 8)[0]
    data = loop[:at] + struct.pack("<I", 8) + loop[at + 4 :]

    assert prepared(data).width == 8
